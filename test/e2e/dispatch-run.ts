import { existsSync } from "node:fs"
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { execa } from "execa"
import { onTestFailed } from "vitest"
import type { EmulatedLab } from "./emulated-lab.ts"
import { expectNothingLeft } from "./nothing-left.ts"

const root = join(import.meta.dirname, "../..")

/** A job, the lab that it runs in and the machine that it is for. */
export interface JobToRun {
  readonly job: object
  readonly lab: EmulatedLab
  /** Several where the job has roles, which say what runs on them. */
  readonly machine: string | ReadonlyArray<string>
  readonly options?: ReadonlyArray<string>
  /** A directory for temporary files that another run had; one of its own when not given. */
  readonly temporary?: string
  readonly env?: Readonly<Record<string, string>>
  /** The command that runs the command: with less than this user's rights. */
  readonly through?: ReadonlyArray<string>
}

/** What a run of the command left. */
export interface EndedRun {
  /** Its reports and the console's recording. */
  readonly directory: string
  readonly exitCode: number | undefined
  readonly output: string
  readonly results: ReadonlyArray<Result>
  /** The recording of the console. */
  readonly console: string
}

/** A result in LAVA's shape. */
type Result = Readonly<Record<string, unknown>>

/** A run of the command that is under way. */
export interface Run {
  /** Where it may keep temporary files; every process that it starts can be told by this name. */
  readonly temporary: string
  /** Waits until it has written a line like this. */
  readonly sees: (line: RegExp) => Promise<void>
  readonly kill: (signal: "SIGINT" | "SIGTERM" | "SIGKILL") => void
  /** Waits for its end, without asking what is left. */
  readonly killed: Promise<{ readonly exitCode?: number | undefined; readonly all: string }>
  /** Waits for its end; whatever it was, everything must have been given back. */
  readonly ended: () => Promise<EndedRun>
}

/** Starts `dispatch JOB` as a user would. */
export const startJob = async ({
  job,
  lab,
  machine,
  options = [],
  ...own
}: JobToRun): Promise<Run> => {
  const directory = await mkdtemp(join(lab.directory, "run-"))
  const temporary = own.temporary ?? join(directory, "tmp")
  const reports = join(directory, "output")
  await mkdir(temporary, { recursive: true })
  await writeFile(join(directory, "job.json"), JSON.stringify(job))
  const [program, ...words] = [...(own.through ?? []), process.execPath]
  const child = execa(
    program,
    [
      ...words,
      join(root, "src/cli.ts"),
      join(directory, "job.json"),
      "--lab",
      lab.file,
      ...(typeof machine === "string" ? ["--device", machine] : []),
      "--output-dir",
      reports,
      ...options,
    ],
    {
      reject: false,
      all: true,
      env: { NO_COLOR: "1", TMPDIR: temporary, ...own.env },
    },
  )
  let seen = ""
  let over = false
  child.all.on("data", (chunk: Buffer) => (seen += chunk.toString()))
  void child.finally(() => (over = true))
  // A test that gives up must not leave the machine to the next one in use.
  onTestFailed(async () => {
    if (!over) process.stderr.write(seen)
    child.kill("SIGTERM")
    await child
  })
  return {
    temporary,
    sees: async (line) => {
      for (const end = Date.now() + 200_000; !line.test(seen); await sleep(20)) {
        if (Date.now() > end || over) {
          throw new Error(`${line} did not come:\n${seen}`)
        }
      }
    },
    kill: (signal) => void child.kill(signal),
    killed: child,
    ended: async () => {
      const { exitCode, all } = await child
      for (const each of [machine].flat()) await expectNothingLeft(temporary, lab, each)
      return {
        directory: reports,
        exitCode,
        output: all,
        results: JSON.parse(await textOf(join(reports, "results.json"), "[]")) as Array<Result>,
        console: await textOf(join(reports, "uart0.log"), ""),
      }
    },
  }
}

/** Runs `dispatch JOB` to its end, after which everything must have been given back. */
export const runJob = async (run: JobToRun): Promise<EndedRun> => (await startJob(run)).ended()

const textOf = async (path: string, missing: string): Promise<string> =>
  existsSync(path) ? readFile(path, "utf8") : missing
