import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { homedir } from "node:os"
import { join } from "node:path"
import type { ServerHostKeyAlgorithm } from "ssh2"
import { type KnownKey, knownKeys, knownName } from "./known-hosts.ts"
import type { SshLogin } from "./settings.ts"

/** What is known of a host's key, before it shows one. */
export interface ExpectedHostKey {
  /** The algorithms to ask the host for: those of the keys that are known come first. */
  readonly algorithms: Array<ServerHostKeyAlgorithm>
  /** Why the key that the host shows is refused, as the end of a sentence; undefined for the right one. */
  readonly refusal: (shown: Buffer) => string | undefined
}

/**
 * Finds what is known of a host's key: its fingerprint in the lab file, or its lines in known_hosts files. Rejects,
 * with the end of a sentence, when such a file is there but cannot be read, and when the lab file's is not there.
 */
export const expectedHostKey = async (settings: SshLogin): Promise<ExpectedHostKey> => {
  const { host, port, host_key, known_hosts } = settings
  const name = knownName(host, port)
  if (host_key !== undefined) {
    return { algorithms: [...algorithms], refusal: (shown) => otherThanGiven(host_key, shown) }
  }
  const own = join(homedir(), ".ssh", "known_hosts")
  const files = known_hosts === undefined ? [own, "/etc/ssh/ssh_known_hosts"] : [known_hosts]
  const known = (
    await Promise.all(
      files.map(async (file) =>
        knownKeys(await textOf(file, known_hosts !== undefined), name, file),
      ),
    )
  ).flat()
  return {
    algorithms: algorithms.toSorted((a, b) => rank(b, known) - rank(a, known)),
    refusal: (shown) => unexpected(known, name, files[0] ?? own, shown),
  }
}

/** What ssh2 can check, the best first. */
const algorithms: ReadonlyArray<ServerHostKeyAlgorithm> = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
  "ssh-rsa",
]

/** An RSA key signs by several algorithms. */
const rank = (algorithm: ServerHostKeyAlgorithm, known: ReadonlyArray<KnownKey>): number => {
  const type = algorithm.startsWith("rsa-") ? "ssh-rsa" : algorithm
  return known.some((key) => key.type === type && !key.revoked) ? 1 : 0
}

const textOf = async (file: string, must: boolean): Promise<string> => {
  try {
    return await readFile(file, "utf8")
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (!must && code === "ENOENT") return ""
    throw new Error(`the known_hosts file ${file} cannot be read (${code})`, { cause: error })
  }
}

/** A key's fingerprint as ssh-keygen -l shows it. */
const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`

/** The first field of a key as ssh sends it (RFC 4253, 6.6) is its type. */
const typeOf = (key: Buffer): string => key.toString("latin1", 4, 4 + key.readUInt32BE(0))

const show = (key: Buffer): string => `${typeOf(key)} ${fingerprint(key)}`

const otherThanGiven = (given: string, shown: Buffer): string | undefined =>
  fingerprint(shown) === given
    ? undefined
    : `its host key is not the lab file's: expected ${given}, it shows ${show(shown)}; either the host has another key by now, then correct "host_key", or another host answers in its place`

const unexpected = (
  known: ReadonlyArray<KnownKey>,
  name: string,
  file: string,
  shown: Buffer,
): string | undefined => {
  const key = shown.toString("base64")
  const same = known.filter((each) => each.key === key)
  const revoked = same.find((each) => each.revoked)
  if (revoked) return `its host key, ${show(shown)}, is revoked (${revoked.place})`
  if (same.length > 0) return undefined
  const valid = known.filter((each) => !each.revoked)
  if (valid.length === 0) {
    return `its host key is not known: it shows ${show(shown)}; if that is right (compare with ssh-keygen -l on the host), give it as "host_key" in the lab file, or add this line to ${file}: ${name} ${typeOf(shown)} ${key}`
  }
  const expected = valid.map((each) => {
    return `${each.type} ${fingerprint(Buffer.from(each.key, "base64"))} (${each.place})`
  })
  return `its host key has changed: expected ${expected.join(" or ")}, it shows ${show(shown)}; either the host was installed anew, then forget the old key by ssh-keygen -R '${name}', or another host answers in its place`
}
