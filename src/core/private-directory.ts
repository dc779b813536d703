import { lstat, mkdir } from "node:fs/promises"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"

/**
 * The directory that all dispatchers of this user share for what lives shortly: `lab-dispatch-UID` among the
 * temporary files, made if need be, for nobody else to read or to put anything into.
 *
 * Rejects where another user has made it first, or with the error of the system.
 */
export const privateDirectory = async (): Promise<string> => {
  const { uid } = userInfo()
  const path = join(tmpdir(), `lab-dispatch-${uid}`)
  await mkdir(path, { recursive: true, mode: 0o700 })
  const found = await lstat(path)
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0) {
    throw new Error(`${path} is not this user's own: remove it, or set TMPDIR to another directory`)
  }
  return path
}
