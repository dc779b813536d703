// Runs jobs, all at once, several times over, and tells what the process holds before and after each time.
// Arguments: the lab file, and a file with the tasks.
import { readdirSync, readFileSync, readlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { dispatch, type JobStatus, loadLab, openReports } from "../../src/index.ts"

/** A job that this program is to run. */
export interface Task {
  readonly device: string
  readonly job: object
  /** Whether it is to be canceled when its test begins. */
  readonly cancel: boolean
}

/** What the process holds. */
export interface Held {
  /** What its descriptors are of, without the numbers of sockets and pipes. */
  readonly descriptors: ReadonlyArray<string>
  /** What keeps it running. */
  readonly active: ReadonlyArray<string>
  readonly children: ReadonlyArray<string>
  /** What is in its directory of temporary files. */
  readonly temporary: ReadonlyArray<string>
}

/** What the program says. */
export interface Told {
  readonly before: Held
  readonly rounds: ReadonlyArray<{
    readonly held: Held
    /** How each device's job ended. */
    readonly statuses: Readonly<Record<string, JobStatus>>
  }>
}

const held = (): Held => ({
  descriptors: readdirSync("/proc/self/fd")
    .flatMap((name) => linkOf(`/proc/self/fd/${name}`))
    .toSorted(),
  // Requests of the file system are of this program's own module.
  active: process
    .getActiveResourcesInfo()
    .filter((name) => !name.startsWith("FSReq"))
    .toSorted(),
  children: readFileSync(`/proc/self/task/${process.pid}/children`, "utf8")
    .split(" ")
    .filter(Boolean),
  temporary: readdirSync(tmpdir(), { recursive: true }).map(String).toSorted(),
})

/** What a descriptor is of; nothing for that which read the directory, which is closed by now. */
const linkOf = (path: string): ReadonlyArray<string> => {
  try {
    return [readlinkSync(path).replace(/:\[\d+\]$/, "")]
  } catch {
    return []
  }
}

const [labFile = "", tasksFile = ""] = process.argv.slice(2)
const lab = await loadLab(labFile)
const tasks = JSON.parse(readFileSync(tasksFile, "utf8")) as ReadonlyArray<Task>

const run = async ({ device, job, cancel }: Task, round: number) => {
  const outputDir = `out/${round}/${device}`
  const reports = openReports({ outputDir })
  const running = dispatch(
    { value: job },
    { lab, device, recordDirectory: outputDir, onEvent: reports.event },
  )
  for await (const event of running.events) {
    const testBegins = event.type === "action-started" && event.name === "lava-test-shell"
    if (cancel && testBegins) running.cancel()
    // One who watches for a while, and leaves.
    if (testBegins) break
  }
  const { status } = await running.result
  await reports.end()
  return [device, status] as const
}

const before = held()
const rounds: Array<Told["rounds"][number]> = []
for (const round of [1, 2]) {
  const ended = await Promise.all(tasks.map((task) => run(task, round)))
  rounds.push({ held: held(), statuses: Object.fromEntries(ended) })
}
// Not by itself: what is held would keep it for ever.
process.stdout.write(JSON.stringify({ before, rounds } satisfies Told), () => process.exit())
