import * as Effect from "effect/Effect"
import { isDispatchError, JobError, messageOf } from "../pipeline/errors.ts"
import { openSftp, type Sftp } from "../ssh/sftp.ts"
import { abortable } from "./abortable.ts"
import type { OnProgress } from "./artifact.ts"
import type { Validator } from "./download.ts"
import type { OutputFile } from "./output-file.ts"
import { Cut, type DownloadPatience, givenUp, persist, thinned } from "./patience.ts"
import { shown, type SshSource } from "./source.ts"

/** What to download. */
interface SftpRequest {
  readonly source: SshSource
  /** The version that is at hand already: it is not downloaded again. */
  readonly atHand: Validator | undefined
}

/**
 * Downloads a file by sftp, and answers what its version is told by, or undefined where the version at hand is still
 * the server's. A transfer that breaks is resumed where it stopped, as long as the file is the same. Rejects with a
 * JobError where there is no such file, with an InfrastructureError where the server does not let us in or does not
 * bring the whole file.
 */
export const downloadBySftp = async (
  { source, atHand }: SftpRequest,
  file: OutputFile,
  patience: DownloadPatience,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Validator | undefined> => {
  const report = thinned(onProgress)
  let version: string | undefined
  let total: number | undefined

  const get = async (sftp: Sftp): Promise<Validator | undefined> => {
    const facts = await sftp.stat(source.path)
    if (!facts.isFile) throw refused(source, "it is not a file")
    const etag = `"${facts.size}-${facts.modified}"`
    if (atHand?.etag === etag) return undefined
    if (etag !== version) await file.restart()
    version = etag
    total = facts.size
    for await (const chunk of sftp.read(source.path, file.size)) {
      signal.throwIfAborted()
      await file.write(chunk)
      report({ received: file.size, total }, false)
    }
    report({ received: file.size, total }, true)
    // Times are whole seconds: another version may follow in the same one.
    return Date.now() - facts.modified > 2000 ? { etag } : {}
  }

  const judged = (error: unknown): unknown => {
    const own = error instanceof Error && "syscall" in error
    if (own || isDispatchError(error)) return error
    const code = error instanceof Error && "code" in error ? error.code : undefined
    if (code === "ENOENT" || code === "EACCES") return refused(source, messageOf(error), error)
    return new Cut(messageOf(error), { cause: error })
  }

  return await persist(patience, signal, {
    attempt: () =>
      openSftp(source.login).pipe(
        Effect.flatMap((sftp) =>
          abortable((aborted) => {
            aborted.addEventListener("abort", () => sftp.end())
            return get(sftp).catch((error: unknown) => {
              throw judged(error)
            })
          }),
        ),
        Effect.scoped,
        (opened) => Effect.runPromise(opened, { signal }),
      ),
    reached: () => file.size,
    givenUp: (cut) =>
      givenUp(shown(source), cut, { attempts: patience.attempts, received: file.size, total }),
  })
}

const refused = (source: SshSource, why: string, cause?: unknown) =>
  new JobError({ message: `${shown(source)} cannot be downloaded: ${why}; check the URL`, cause })
