import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, renameSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"

/**
 * The root of a tree with the files of Debian packages, taken from them without installing them: some peers
 * (atftpd, tftpd-hpa) exclude each other, and none is to run as a service.
 *
 * @param name the tree's own, in this user's cache
 */
export const debianRoot = (name: string, packages: ReadonlyArray<string>): string => {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache")
  const directory = join(cache, "lab-dispatch", "bench", name)
  const root = join(directory, "root")
  if (existsSync(root)) return root
  mkdirSync(directory, { recursive: true })
  execFileSync("apt-get", ["download", ...packages], { cwd: directory, stdio: "ignore" })
  for (const deb of readdirSync(directory).filter((file) => file.endsWith(".deb"))) {
    execFileSync("dpkg-deb", ["-x", deb, "unpacked"], { cwd: directory })
  }
  renameSync(join(directory, "unpacked"), root)
  return root
}

/** The path of a program of a Debian package, from `debianRoot`. */
export const debianProgram = (name: string, path: string): string =>
  join(debianRoot(name, [name]), path)
