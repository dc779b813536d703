import { homedir, tmpdir, userInfo } from "node:os"
import { join, resolve } from "node:path"

/**
 * Where machines are plugged in unless --dir says otherwise. Not XDG_RUNTIME_DIR: that is memory, and the
 * machines' disks fill with deployed systems.
 */
export function defaultDirectory(): string {
  return join(tmpdir(), `lab-dispatch-${userInfo().uid}`, "lab")
}

/** One machine's directory: its console, disk, monitor socket and process id. */
export function machineDirectory(directory: string, name: string): string {
  return join(resolve(directory), name)
}

/** Where images are kept between runs and checkouts. */
export function cacheDirectory(): string {
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "lab-dispatch", "lab")
}
