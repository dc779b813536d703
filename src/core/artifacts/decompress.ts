import { createReadStream } from "node:fs"
import { pipeline } from "node:stream/promises"
import { InfrastructureError, JobError } from "../pipeline/errors.ts"
import type { OutputFile } from "./output-file.ts"

/** A way in which a file may be compressed, by LAVA's names. */
export type Compression = "gz" | "xz" | "zstd" | "bz2"

/**
 * The programs that decompress. xz and bzip2 are native, run beside the event loop and are one
 * `apt install` away, where the libraries for them are several times slower and would hold up every
 * console of the process. zstd is one too because Node's own decoder refuses files of several frames
 * (RFC 8878, 3), as pzstd writes them; it also lets the window be as large as the format allows.
 */
const programs = {
  xz: { command: "xz", args: ["-dc"], debian: "xz-utils" },
  bz2: { command: "bzip2", args: ["-dc"], debian: "bzip2" },
  zstd: { command: "zstd", args: ["-dc", "--long=31"], debian: "zstd" },
} as const

const names: Readonly<Record<Compression, string>> = {
  gz: "gzip",
  xz: "xz",
  zstd: "zstd",
  bz2: "bzip2",
}

/**
 * Decompresses a file into another. Rejects with a JobError where the file is corrupt or cut short
 * (`what` names it), with an InfrastructureError where the program for it is not installed.
 */
export const decompress = async (
  compression: Compression,
  path: string,
  into: OutputFile,
  what: string,
  signal: AbortSignal,
): Promise<void> => {
  const why =
    compression === "gz"
      ? await gunzip(path, into, signal)
      : await runProgram(programs[compression], path, into, signal)
  if (why === undefined) return
  throw new JobError({
    message: `${what} is not valid ${names[compression]}: ${why}; check the file and \`compression\``,
  })
}

/** Answers what is wrong with the file, if anything. */
const gunzip = async (path: string, into: OutputFile, signal: AbortSignal) => {
  const { createGunzip } = await import("node:zlib")
  const chunks = { highWaterMark: 1 << 18 }
  try {
    await pipeline(
      createReadStream(path, chunks),
      createGunzip({ chunkSize: 1 << 18 }),
      (plain: AsyncIterable<Buffer>) => writeAll(plain, into),
      { signal },
    )
    return undefined
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("Z_"))
      return error.message
    throw error
  }
}

/** Answers what the program says is wrong with the file, if anything. */
const runProgram = async (
  { command, args, debian }: (typeof programs)[keyof typeof programs],
  path: string,
  into: OutputFile,
  signal: AbortSignal,
) => {
  const { execa } = await import("execa")
  const child = execa(command, args, {
    stdin: { file: path },
    buffer: { stdout: false },
    maxBuffer: 10_000,
    encoding: "buffer",
    env: { LC_ALL: "C" },
    cancelSignal: signal,
    reject: false,
  })
  try {
    await writeAll(child.stdout, into)
  } catch (error) {
    child.kill()
    await child
    throw error
  }
  const result = await child
  signal.throwIfAborted()
  if (result.code === "ENOENT")
    throw new InfrastructureError({
      message: `the program \`${command}\` is needed to decompress an artifact, and this machine does not have it: apt install ${debian}`,
    })
  if (result.exitCode === 0) return undefined
  if (result.exitCode === undefined)
    throw new InfrastructureError({
      message: `\`${command}\` ended before it had decompressed an artifact: ${result.shortMessage}; try again`,
      cause: result,
    })
  return complaint(Buffer.from(result.stderr).toString())
}

/** The first line that a program wrote to its stderr, without its name and "(stdin)". */
const complaint = (stderr: string): string =>
  (/\S.*/.exec(stderr)?.[0] ?? "it cannot be read")
    .replace(/^(\w+: )?((\(stdin\)|\/\*stdin\*\\) ?:? *)?/, "")
    .replace(/[\s;.]+$/, "")

const writeAll = async (plain: AsyncIterable<Uint8Array>, into: OutputFile) => {
  for await (const chunk of plain) await into.write(chunk)
}
