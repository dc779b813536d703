import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** How long what is being closed may take to be gone, in milliseconds. */
const closingMs = 3000

/** What a process holds open that a job may have opened, in Node's names. */
const counted = new Set([
  "FSEventWrap",
  "PipeServerWrap",
  "PipeWrap",
  "ProcessWrap",
  "TCPServerWrap",
  "TCPSocketWrap",
  "UDPWrap",
])

const held = (): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const name of process.getActiveResourcesInfo()) {
    if (counted.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

/** A directory for files, gone when `use` is done. */
export const withDirectory = async <A>(use: (directory: string) => Promise<A>): Promise<A> => {
  const directory = await mkdtemp(join(tmpdir(), "lab-dispatch-conformance-"))
  try {
    return await use(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/**
 * Does something with temporary files in a directory of its own; answers what it has left there, and what it still
 * holds open, a sentence each.
 */
export const leftBy = async (work: () => Promise<void>): Promise<ReadonlyArray<string>> =>
  withDirectory(async (directory) => {
    const before = held()
    const { TMPDIR } = process.env
    process.env["TMPDIR"] = directory
    try {
      await work()
      const since = Date.now()
      for (;;) {
        const left = [...(await filesIn(directory)), ...heldSince(before)]
        if (left.length === 0 || Date.now() - since > closingMs) return left
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    } finally {
      if (TMPDIR === undefined) delete process.env["TMPDIR"]
      else process.env["TMPDIR"] = TMPDIR
    }
  })

/** Directories that the dispatcher shares among its jobs may stay, empty. */
const filesIn = async (directory: string): Promise<ReadonlyArray<string>> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => {
      const path = join(parentPath, name).slice(directory.length + 1)
      return `the file ${path} is left among the temporary files`
    })
}

const heldSince = (before: ReadonlyMap<string, number>): ReadonlyArray<string> =>
  [...held()].flatMap(([name, count]) => {
    const more = count - (before.get(name) ?? 0)
    return more > 0 ? [`${more} ${words[name] ?? name} more than before`] : []
  })

const words: Readonly<Record<string, string>> = {
  PipeServerWrap: "listening sockets (Unix)",
  PipeWrap: "pipes",
  ProcessWrap: "processes",
  TCPServerWrap: "listening ports (TCP)",
  TCPSocketWrap: "connections (TCP)",
  UDPWrap: "ports (UDP)",
}
