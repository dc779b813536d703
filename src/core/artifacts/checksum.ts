import { createReadStream } from "node:fs"
import { createHash, type Hash } from "node:crypto"
import { JobError } from "../pipeline/errors.ts"

/** Hash functions by Node's names; LAVA's keys are these and "sum". */
const algorithms = ["sha256", "sha512", "md5"] as const

type Algorithm = (typeof algorithms)[number]

/** Checksums in lower-case hexadecimal, each where it is known. */
export type Checksums = Readonly<Partial<Record<Algorithm, string>>>

/** Checksums of bytes seen so far; SHA-256 always, others where they are asked for. */
export class Digest {
  readonly #hashes: ReadonlyArray<readonly [Algorithm, Hash]>

  constructor(wanted: Checksums) {
    this.#hashes = algorithms
      .filter((each) => each === "sha256" || wanted[each] !== undefined)
      .map((each) => [each, createHash(each)] as const)
  }

  update(chunk: Uint8Array): void {
    for (const [, hash] of this.#hashes) hash.update(chunk)
  }

  /** The checksums; may be called once. */
  finish(): Checksums & { readonly sha256: string } {
    const found = this.#hashes.map(([name, hash]) => [name, hash.digest("hex")])
    return Object.fromEntries(found) as Checksums & { sha256: string }
  }
}

/** Reads a file and answers its checksums and its length in bytes. */
export const digestFile = async (path: string, wanted: Checksums, signal: AbortSignal) => {
  const digest = new Digest(wanted)
  let size = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal })) {
    digest.update(chunk)
    size += chunk.length
  }
  return { size, checksums: digest.finish() }
}

/** The cause of the error of a file that is there, but another one than was expected. */
export class WrongChecksum extends Error {}

/** Throws a JobError where a checksum is not the expected one. `what` names the file. */
export const verify = (what: string, expected: Checksums, found: Checksums): void => {
  for (const each of algorithms) {
    if (expected[each] === undefined || expected[each] === found[each]) continue
    throw new JobError({
      cause: new WrongChecksum(),
      message: `${what} is not the file that is expected: expected ${each}sum ${expected[each]}, found ${found[each]}; correct the checksum if the file was meant to change`,
    })
  }
}
