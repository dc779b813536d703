import * as z from "zod"
import { openMapping } from "../source/open-mapping.ts"
import { narrowerThan, notHere } from "../source/support.ts"
import { slip, unsupported } from "../source/severity.ts"
import type { ConfigurationError, InfrastructureError, JobError } from "../pipeline/errors.ts"

const hexadecimal = (digits: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-fA-F]{${digits}}$`), slip(`expected ${digits} hexadecimal digits`))
    .optional()

const notSupported = (why: string) =>
  z.never({ error: unsupported(`not supported: ${why}`) }).optional()

const compression = z.enum(["gz", "xz", "zstd", "zst", "bz2"], {
  error: narrowerThan(z.literal("zip")),
})

/**
 * A file that a job names, with LAVA's keys: where it is, what it must be, how it is packed. The
 * checksums are of the file as it is downloaded, before it is decompressed. An action that can use a
 * key refused here (`archive`, `format`) extends the schema with it.
 */
export const Artifact = openMapping({
  /**
   * `http:`, `https:`, `ssh:` (also `scp:`, `sftp:`) or `file:`, or a path, relative to the directory of the job
   * file; `package://NAME` is looked for in the lab's repositories.
   */
  url: z
    .string()
    .regex(/^(?![a-z][a-z0-9+.-]*:\/\/).|^(https?|ssh|scp|sftp|file|package):\/\//i, {
      error: ({ input }) =>
        (/^(downloads|lxc|rclone):/.test(String(input)) ? unsupported : slip)(
          "expected a URL that begins with http://, https://, ssh://, file:// or package://, or a path",
        ),
    })
    .refine(
      (url) => !/^[a-z][a-z0-9+.-]*:\/\//i.test(url) || URL.canParse(url),
      slip("expected a URL of the usual form, as https://example.com/Image"),
    )
    .describe(
      "http(s)://, ssh://user@host/, file:// or package:// URL, or a path relative to the directory of the job file",
    ),
  sha256sum: hexadecimal(64).describe("SHA-256 of the file as it is downloaded"),
  sha512sum: hexadecimal(128).describe("SHA-512 of the file as it is downloaded"),
  md5sum: hexadecimal(32).describe("MD5 of the file as it is downloaded"),
  compression: compression
    .or(z.null().transform(() => undefined))
    .optional()
    .describe("how the file is compressed; it is decompressed before it is used"),
  headers: z
    .record(
      z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, slip("expected the name of an HTTP header")),
      z
        .string({ error: narrowerThan(z.unknown()) })
        .regex(/^[\t\x20-\x7e\x80-\xff]*$/, slip("expected the value of an HTTP header")),
    )
    .optional()
    .describe("HTTP headers to send; never to another server that this one redirects to"),
  use_cache: z
    .boolean()
    .optional()
    .describe("false: download afresh, and keep nothing for other jobs"),
  format: notSupported("images are used as they are; leave `format` away"),
  overlays: notSupported("nothing is added to images; leave `overlays` away"),
  archive: notHere(
    z.literal("tar"),
    "not supported: archives are not unpacked here; leave `archive` away",
  ).describe("tar: the file is an archive, which is unpacked"),
}).meta({ id: "artifact", title: "File", description: "A file that is fetched" })

/** See the schema of the same name. */
export type Artifact = z.output<typeof Artifact>

/** An artifact on this machine's disk. */
export interface LocalArtifact {
  /**
   * The plain, decompressed file. It may be shared with other jobs: read it, never write to it. It
   * stays until the job ends.
   */
  readonly path: string
  /** Length of that file in bytes. */
  readonly size: number
  /** SHA-256 of that file, in lower-case hexadecimal. */
  readonly sha256: string
  /** The file's name as the URL has it, without the compression's suffix. */
  readonly name: string
}

/** Bytes downloaded so far; `total` where the server said it. */
export interface DownloadProgress {
  readonly received: number
  readonly total?: number
}

/** Called some ten times a second while a download runs, and at its end; not at all where none is needed. */
export type OnProgress = (progress: DownloadProgress) => void

/** What getting an artifact can fail with. */
export type ArtifactError = InfrastructureError | JobError | ConfigurationError
