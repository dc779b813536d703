import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"

/** A program of this machine that is run by its name. */
export interface HostProgram {
  readonly command: string
  /** The Debian packages that have it. */
  readonly debian: string
}

/** What to say of the programs that this machine does not have, a sentence each. */
export const missingPrograms = (programs: ReadonlyArray<HostProgram>): ReadonlyArray<string> => {
  const wanted = new Map(programs.map((program) => [program.command, program]))
  return [...wanted.values()]
    .filter(({ command }) => !isInPath(command))
    .map(
      ({ command, debian }) =>
        `this machine does not have the program \`${command}\`, which the job needs: apt install ${debian}`,
    )
}

/** Where programs are looked for: also where Debian has those of servers, which is in no ordinary user's PATH. */
export const programPath = (): string =>
  [process.env["PATH"], "/usr/sbin", "/sbin"].filter(Boolean).join(delimiter)

const isInPath = (command: string): boolean =>
  programPath()
    .split(delimiter)
    .some((directory) => {
      try {
        accessSync(join(directory, command), constants.X_OK)
        return true
      } catch {
        return false
      }
    })
