import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"

/**
 * The path of a program of a Debian package, taken from the package without installing it: some peers
 * (atftpd, tftpd-hpa) exclude each other, and none is to run as a service.
 */
export const debianProgram = (name: string, path: string): string => {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache")
  const directory = join(cache, "lab-dispatch", "bench", name)
  const program = join(directory, "root", path)
  if (existsSync(program)) return program
  mkdirSync(directory, { recursive: true })
  execFileSync("apt-get", ["download", name], { cwd: directory, stdio: "ignore" })
  for (const deb of readdirSync(directory).filter((file) => file.endsWith(".deb"))) {
    execFileSync("dpkg-deb", ["-x", deb, "root"], { cwd: directory })
  }
  return program
}
