import { readdirSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { delimiter, join } from "node:path"
import { execa } from "execa"
import tmp from "tmp"

/** The checkout. */
export const root = join(import.meta.dirname, "../..")

/** The environment of a project's programs: the checkout's Node and compiler, whatever the machine has. */
export const env = {
  PATH: [join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter),
}

/** How a program ended. */
export interface Ended {
  readonly exitCode?: number
  readonly stdout: string
  readonly stderr: string
}

/** A project that has the package installed, and nothing else of the checkout. */
export interface Project {
  readonly directory: string
  readonly tarball: string
  /** Runs a program in it to its end, for at most a minute. */
  readonly run: (program: string, ...args: ReadonlyArray<string>) => Promise<Ended>
  readonly remove: () => void
}

/** Builds and packs the package, and installs it into an empty project. */
export const installedProject = async (): Promise<Project> => {
  const { name: directory, removeCallback: remove } = tmp.dirSync({
    prefix: "lab-dispatch-package",
    unsafeCleanup: true,
  })
  const runIn =
    (cwd: string): Project["run"] =>
    (program, ...args) =>
      execa(program, args, {
        all: true,
        cwd,
        env,
        reject: false,
        timeout: 60_000,
      }) as Promise<Ended>
  const succeed = async (cwd: string, program: string, ...args: ReadonlyArray<string>) => {
    const { exitCode, stdout, stderr } = await runIn(cwd)(program, ...args)
    if (exitCode !== 0)
      throw new Error(`${program} ${args.join(" ")}: ${exitCode}\n${stdout}${stderr}`)
  }
  try {
    await succeed(root, "npm", "pack", "--pack-destination", directory)
    const tarball = join(directory, readdirSync(directory)[0] ?? "")
    await writeFile(join(directory, "package.json"), '{ "private": true, "type": "module" }\n')
    // What the packages build for themselves when they are installed is not needed, and takes its time.
    const quick = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"]
    await succeed(directory, "npm", "install", ...quick, tarball, "@types/node@24")
    return { directory, tarball, run: runIn(directory), remove }
  } catch (error) {
    remove()
    throw error
  }
}
