import { closeSync, openSync, writeSync } from "node:fs"

/** A file that text is appended to while the job runs. */
export interface TextFile {
  readonly write: (text: string) => void
  /** Writes what is held back and closes the file. Throws what the disk had against it. */
  readonly close: () => void
}

/** Held back at most: this many characters, for this long. What a SIGKILL may cost. */
const holdCharacters = 64 * 1024
const holdMilliseconds = 200

const open = new Set<{ readonly flush: () => void }>()
process.on("exit", () => {
  for (const file of open) file.flush()
})

/**
 * Opens a file anew for text that comes in small pieces. They are held back for a moment and written in one
 * go, at once, so that nothing is left in flight when the process ends, even by an exception that nobody
 * caught. Throws where the file cannot be opened; a disk that fills up later is told by `close`.
 */
export const openTextFile = (path: string): TextFile => {
  const descriptor = openSync(path, "w")
  let held = ""
  let timer: NodeJS.Timeout | undefined
  let failure: unknown

  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    const bytes = Buffer.from(held)
    held = ""
    if (failure !== undefined) return
    try {
      let written = 0
      while (written < bytes.length) written += writeSync(descriptor, bytes, written)
    } catch (error) {
      failure = error
    }
  }
  const file = { flush }
  open.add(file)
  return {
    write: (text) => {
      held += text
      if (held.length >= holdCharacters) flush()
      else timer ??= setTimeout(flush, holdMilliseconds).unref()
    },
    close: () => {
      if (!open.delete(file)) return
      flush()
      closeSync(descriptor)
      if (failure !== undefined) throw failure
    },
  }
}
