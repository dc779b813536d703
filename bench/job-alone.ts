import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Lava } from "./lava.ts"
import { job, labOf, lavaJob, withBoards } from "./scripted-boards.ts"
import { print, repeated, type Taken } from "./timed.ts"

/** A job of ten cases from a cold start, and its validation, beside LAVA. */
export const measureOne = async (
  root: string,
  directory: string,
  lava: Lava | undefined,
  rounds: number,
): Promise<void> =>
  withBoards(1, async ([board]) => {
    writeFileSync(join(directory, "job.json"), JSON.stringify(job, undefined, 2))
    writeFileSync(join(directory, "lab.json"), JSON.stringify(labOf([board!])))
    const env = { ...process.env, XDG_CACHE_HOME: join(directory, "cache") }
    const ours = (count: number, cli: string, ...words: ReadonlyArray<string>) =>
      repeated(count, [process.execPath, join(root, cli), ...words], { cwd: directory, env })
    const lavas = async (...words: ReadonlyArray<string>): Promise<Taken | undefined> =>
      lava &&
      repeated(rounds, [...lava.command(lavaJob(board!), 4711), ...words], { env: lava.env })

    console.log("A job of ten cases on a scripted board, cold start included")
    const peer = await lavas()
    if (lava && peer) print(`LAVA ${lava.version}`, peer)
    for (const cli of ["dist/cli.js", "src/cli.ts"]) {
      const run = (count: number) => ours(count, cli, "job.json", "-o", "out")
      print(`lab-dispatch (${cli}), the very first run`, await run(1))
      print(`lab-dispatch (${cli})`, await run(rounds), peer)
    }
    print("node that does nothing", await repeated(rounds, [process.execPath, "-e", "0"]))

    console.log("\nValidation of that job")
    const validated = await lavas("--validate")
    if (lava && validated) print(`LAVA ${lava.version}`, validated)
    print("lab-dispatch", await ours(rounds, "dist/cli.js", "validate", "job.json"), validated)
  })
