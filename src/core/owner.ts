import { createHash } from "node:crypto"
import { readFileSync, readlinkSync } from "node:fs"
import { hostname } from "node:os"

/** When a process started, in clock ticks since boot; undefined where that cannot be known. */
const startOf = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
    // proc_pid_stat(5): starttime is field 22; the name, field 2, may contain anything but ends at the last ")"
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]
  } catch {
    return undefined
  }
}

const findRealm = (): string => {
  let namespace = ""
  try {
    namespace = readlinkSync("/proc/self/ns/pid")
  } catch {
    // no /proc: the machine is the only realm
  }
  return createHash("sha256").update(`${hostname()} ${namespace}`).digest("hex").slice(0, 12)
}

// Found once: each job of a process looks at the directories of all the others.
let foundRealm: string | undefined
let ownPrefix: string | undefined

const realm = (): string => (foundRealm ??= findRealm())

/**
 * Beginning of the names of this process's temporary directories, so that what a killed process left
 * can be told from what a live one uses: process, its start (process numbers are used again), and
 * where the number counts (a machine, or a container's process namespace).
 */
export const ownerPrefix = (): string =>
  (ownPrefix ??= `${process.pid}.${startOf(process.pid) ?? "0"}.${realm()}.`)

/**
 * Whether the process that a temporary directory's name tells of is gone: true or false where this
 * process can know, undefined for a name of another machine or container.
 */
export const ownerIsGone = (name: string): boolean | undefined => {
  if (name.startsWith(ownerPrefix())) return false
  const [, pid, start, where] = /^(\d+)\.(\d+)\.([0-9a-f]+)\./.exec(name) ?? []
  if (where !== realm()) return undefined
  const found = startOf(Number(pid))
  return found === undefined ? !isAlive(Number(pid)) : found !== start
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}
