import { readlink } from "node:fs/promises"
import { join } from "node:path"

/** As many links are followed as Linux does (path_resolution(7)). */
const mostLinks = 40

/**
 * Where a path of a system leads whose root is a directory of this machine: its links are followed as in a chroot, so
 * that none leads out of the directory. What does not exist is taken as it is written.
 *
 * Rejects where links lead in a circle.
 */
export const pathInRoot = async (root: string, path: string): Promise<string> => {
  const ahead = path.split("/")
  let behind: ReadonlyArray<string> = []
  for (let links = 0; ahead.length > 0;) {
    const name = ahead.shift() ?? ""
    if (name === "" || name === ".") continue
    if (name === "..") {
      behind = behind.slice(0, -1)
      continue
    }
    const target = await readlink(join(root, ...behind, name)).catch(() => undefined)
    if (target === undefined) behind = [...behind, name]
    else if (++links > mostLinks) throw new Error(`${path}: too many levels of symbolic links`)
    else {
      if (target.startsWith("/")) behind = []
      ahead.unshift(...target.split("/"))
    }
  }
  return join(root, ...behind)
}
