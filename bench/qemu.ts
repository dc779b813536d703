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
  boot: { method: "minimal", reset: false, prompts: [prompt], timeout: { minutes: 2 } },
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
    ...(lava &&
      lavaJob && {
        [`LAVA ${lava.version}, boot`]: async () => (await timed(lavaJob, { env: lava.env })).wall,
      }),
  }
  console.log(`${rounds} runs each, in turns; load average ${loadavg()[0]!.toFixed(1)}\n`)
  const taken = new Map<string, Array<number>>()
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(kinds)) {
      taken.set(name, [...(taken.get(name) ?? []), await run()])
    }
  }
  const [bare = []] = taken.values()
  for (const [name, seconds] of taken) {
    const ratios = [Math.min(...seconds) / Math.min(...bare), median(seconds) / median(bare)]
    const [least = "", middle = ""] = ratios.map((ratio) => ratio.toFixed(2))
    console.log(
      `${name.padEnd(40)} ${Math.min(...seconds).toFixed(2)} s (median ${median(seconds).toFixed(2)})   ${least} of the bare boot (medians ${middle})`,
    )
  }
} finally {
  lava?.close()
  rmSync(directory, { recursive: true })
}
