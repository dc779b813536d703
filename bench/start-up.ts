// How long the command takes to start, beside a node that does nothing: the first time, then the best and the
// median once its modules are compiled.
// Run: node bench/start-up.ts [runs]
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const runs = Number(process.argv[2] ?? 15)
const root = fileURLToPath(new URL("..", import.meta.url))
const directory = mkdtempSync(join(tmpdir(), "lab-dispatch-bench-"))
const environment = { ...process.env, XDG_CACHE_HOME: join(directory, "cache") }

const job = {
  job_name: "start-up",
  device_type: "generic",
  visibility: "public",
  timeouts: { job: { minutes: 5 } },
  actions: [{ boot: { method: "minimal", prompts: "# " } }],
}
const lab = { devices: { "board-01": { device_type: "generic", power: { reset: ["true"] } } } }
writeFileSync(join(directory, "job.json"), JSON.stringify(job))
writeFileSync(join(directory, "lab.json"), JSON.stringify(lab))

/** How long one run takes, in ms. */
const once = (args: ReadonlyArray<string>) => {
  const begin = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: directory,
    env: environment,
    encoding: "utf8",
  })
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`)
  return performance.now() - begin
}

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const cli = join(root, "src/cli.ts")
const commands: ReadonlyArray<readonly [name: string, args: ReadonlyArray<string>]> = [
  ["node that does nothing", ["-e", "0"]],
  ["dispatch --help", [cli, "--help"]],
  ["dispatch validate job.json", [cli, "validate", "job.json"]],
  ["dispatch validate lab.json", [cli, "validate", "lab.json"]],
  ["dispatch plan job.json", [cli, "plan", "job.json"]],
  ["dispatch complete-devices", [cli, "complete-devices"]],
]

try {
  console.log("                                first      best    median   (ms)")
  for (const [name, args] of commands) {
    const first = once(args)
    const later = Array.from({ length: runs }, () => once(args))
    const show = (value: number) => value.toFixed(0).padStart(9)
    console.log(
      `${name.padEnd(28)}${show(first)} ${show(Math.min(...later))} ${show(median(later))}`,
    )
  }
} finally {
  rmSync(directory, { recursive: true })
}
