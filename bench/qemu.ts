// A job on a virtual machine over the machine's bare boot to its prompt, beside LAVA's dispatcher from Debian.
// Run: lab/lab setup --images master-amd64 && node bench/qemu.ts [rounds]      Needs: qemu-system-x86; for LAVA root
import { execFileSync, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { build } from "./build.ts"
import { prepareLava } from "./lava.ts"
import { job } from "./scripted-boards.ts"
import { median, timed } from "./timed.ts"

const rounds = Number(process.argv[2] ?? 7)
const root = build()
const node = process.execPath
const prompt = "master# "

const images = JSON.parse(
  execFileSync(join(root, "lab/lab"), ["images"], { encoding: "utf8" }),
) as Readonly<Record<string, string>>

const options =
  "-M pc,graphics=off -cpu max -m 512 -accel tcg,tb-size=256 " +
  "-nographic -nodefaults -serial stdio -monitor none -no-reboot " +
  "-netdev user,id=net -device virtio-net-pci,netdev=net -device virtio-rng-pci"

/** The emulator, whose input and output are the machine's console. */
const machine = [
  "qemu-system-x86_64",
  ...options.split(" "),
  "-kernel",
  images["master-amd64/vmlinuz"]!,
  "-initrd",
  images["master-amd64/initrd.gz"]!,
  "-append",
  "console=ttyS0,115200",
]

/** Seconds from the emulator's start to the prompt. */
const bareBoot = async (): Promise<number> => {
  const began = performance.now()
  const [program = "", ...words] = machine
  const child = spawn(program, words, { stdio: ["pipe", "pipe", "ignore"] })
  let text = ""
  for await (const chunk of child.stdout.setEncoding("latin1")) {
    text = (text + String(chunk)).slice(-1000)
    if (text.includes(prompt)) break
  }
  const seconds = (performance.now() - began) / 1000
  child.kill("SIGKILL")
  if (!text.includes(prompt)) throw new Error("the machine did not boot")
  return seconds
}

const boot = {
  boot: { method: "minimal", reset: false, prompts: [prompt], timeout: { seconds: 30 } },
}
const bootJob = { ...job, actions: [boot] }
const testJob = { ...job, actions: [boot, job.actions[1]] }
const lab = {
  dispatcher: { address: "10.0.2.2", tftp: { port: 0 } },
  devices: { machine: { device_type: "generic", console: { command: machine } } },
}

const directory = mkdtempSync(join(tmpdir(), "bench-qemu-"))
const lava = prepareLava(join(directory, "lava"))
try {
  const write = (name: string, value: object) => {
    writeFileSync(join(directory, name), JSON.stringify(value))
    return name
  }
  write("lab.json", lab)
  const env = { ...process.env, XDG_CACHE_HOME: join(directory, "cache") }
  const dispatch = (file: string) => async () => {
    const command = [node, join(root, "dist/cli.js"), file, "-o", "out"]
    return (await timed(command, { cwd: directory, env })).wall
  }
  const lavaJob = lava?.command({ job: bootJob, connect: machine.join(" ") }, 4711)
  const kinds: Readonly<Record<string, () => Promise<number>>> = {
    "bare boot to the prompt": bareBoot,
    "lab-dispatch, boot": dispatch(write("boot.json", bootJob)),
    "lab-dispatch, boot and ten test cases": dispatch(write("test.json", testJob)),
  }
  const name = `LAVA ${lava?.version}, boot`
  console.log(`${rounds} runs each, in turns; load average ${loadavg()[0]!.toFixed(1)}\n`)
  const taken = new Map<string, Array<number>>()
  const add = (kind: string, seconds: number) =>
    taken.set(kind, [...(taken.get(kind) ?? []), seconds])
  for (let round = 0; round < rounds; round++) {
    for (const [kind, run] of Object.entries(kinds)) add(kind, await run())
    if (!lava || !lavaJob) continue
    // It may miss the prompt, where a kernel message comes between.
    const took = await timed(lavaJob, { env: lava.env }).catch(() => undefined)
    if (took) add(name, took.wall)
    else console.log("(a run in which LAVA's job failed is not counted)")
  }
  const [bare = []] = taken.values()
  for (const [kind, seconds] of taken) {
    const least = Math.min(...seconds)
    const middle = median(seconds)
    const ratios = `${(least / Math.min(...bare)).toFixed(2)} of the bare boot (medians ${(middle / median(bare)).toFixed(2)})`
    console.log(
      `${kind.padEnd(40)} ${least.toFixed(2)} s (median ${middle.toFixed(2)})   ${ratios}`,
    )
  }
} finally {
  lava?.close()
  rmSync(directory, { recursive: true })
}
