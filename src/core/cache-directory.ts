import { homedir } from "node:os"
import { isAbsolute, join } from "node:path"

/**
 * Where this user's caches are: `lab-dispatch/NAME` in $XDG_CACHE_HOME or ~/.cache (XDG Base Directory
 * Specification: a relative XDG_CACHE_HOME is ignored). Makes nothing.
 */
export const cacheDirectory = (name: string): string => {
  const home = process.env["XDG_CACHE_HOME"] ?? ""
  return join(isAbsolute(home) ? home : join(homedir(), ".cache"), "lab-dispatch", name)
}
