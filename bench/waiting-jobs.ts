/**
 * How much memory a job holds while it waits for a host that fetches its work: 500 of them in one process.
 * Run by `node --expose-gc bench/waiting-jobs.ts`.
 */
import { EventEmitter } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { dispatch, loadLab } from "../src/index.ts"

const spool = await mkdtemp(join(tmpdir(), "waiting-jobs-"))
const lab = await loadLab({
  devices: {
    "sut-01": { device_type: "self-reboot", parameters: { spool, owner: "alice" } },
  },
})
const definition = {
  job_name: "a job that waits",
  device: "sut-01",
  visibility: "public",
  timeouts: { job: { days: 30 } },
  actions: [
    { deploy: { to: "self-reboot" } },
    {
      test: {
        definitions: [
          {
            from: "inline",
            name: "smoke",
            repository: {
              metadata: { name: "smoke" },
              run: { steps: ["lava-test-case one --result pass"] },
            },
          },
        ],
      },
    },
  ],
}

const placed = new EventEmitter()
/** Starts a job and forgets all that it says but that it waits. */
const start = () =>
  dispatch(
    { value: definition },
    {
      lab,
      submitter: "alice",
      onEvent: (event) => {
        if (event.type === "log" && event.message.startsWith("sut-01: ")) placed.emit("waiting")
      },
    },
  )

const jobs: Array<ReturnType<typeof dispatch>> = []
/** Bytes of the heap in use when so many jobs wait. */
const heapWith = async (count: number): Promise<number> => {
  let missing = count - jobs.length
  const allWait = new Promise<void>((resolve) => {
    placed.on("waiting", () => --missing === 0 && resolve())
  })
  while (jobs.length < count) jobs.push(start())
  await allWait
  await sleep(1000)
  if (!globalThis.gc) throw new Error("expected to be run by node --expose-gc")
  for (let times = 0; times < 3; times++) globalThis.gc()
  return process.memoryUsage().heapUsed
}

// The first ones load what all use.
const before = await heapWith(20)
const after = await heapWith(520)
process.stdout.write(
  `${Math.round((after - before) / 500 / 102.4) / 10} KiB of heap a waiting job\n`,
)
for (const { cancel } of jobs) cancel()
await Promise.allSettled(jobs.map(({ result }) => result))
await rm(spool, { recursive: true })
