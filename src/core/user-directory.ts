import { homedir } from "node:os"
import { isAbsolute, join } from "node:path"

/** Where this user's caches are: `lab-dispatch/NAME` in $XDG_CACHE_HOME or ~/.cache. Makes nothing. */
export const cacheDirectory = (name: string): string =>
  userDirectory("XDG_CACHE_HOME", ".cache", name)

/**
 * Where this user's dispatchers note what is to outlive them, and this machine's next start: `lab-dispatch/NAME` in
 * $XDG_STATE_HOME or ~/.local/state. Makes nothing.
 */
export const stateDirectory = (name: string): string =>
  userDirectory("XDG_STATE_HOME", ".local/state", name)

/** As the XDG Base Directory Specification has it: a relative path in the variable is ignored. */
const userDirectory = (variable: string, usual: string, name: string): string => {
  const home = process.env[variable] ?? ""
  return join(isAbsolute(home) ? home : join(homedir(), usual), "lab-dispatch", name)
}
