/**
 * The emulated lab: real firmware and kernels on QEMU, started and stopped by plain commands.
 * What switches power is imported alone: it runs many times in every job.
 */
import { parseArgs } from "node:util"
import { defaultDirectory } from "./directory.ts"
import { LabError } from "./error.ts"

const usage = `usage: lab setup [--images NAME,...] [--tests]
                                         install what is needed (--tests: by the tests too), build the images
                                         into the cache
       lab images                        print the images as JSON: name -> path
       lab up [--dir DIR] [--tftp-port N] [--http-port N] NAME...
                                         plug machines in, powered off, and print the path of their lab file;
                                         NAME: highbank-NN, arm-virt-NN, arm-virt-netboot-NN, vexpress-NN, x86-NN,
                                         x86-pxelinux-NN, uefi-NN, vm-NN, vm-ssh-NN or sut-NN
       lab on|off|reset|status NAME [--dir DIR]
       lab flash NAME FILE [--dir DIR]   give a machine the firmware in a file (highbank, arm-virt)
       lab unflash NAME [--dir DIR]      give it its own back
       lab join NAME PID BRIDGE [--dir DIR]
                                         put a machine on a bridge in the network namespace of a process
       lab leave NAME [--dir DIR]        put it back on its usual network
       lab down [--dir DIR] [NAME...]    unplug machines and remove their files; all without NAME
DIR is ${defaultDirectory()} unless given.`

const options = {
  dir: { type: "string", default: defaultDirectory() },
  images: { type: "string" },
  tests: { type: "boolean", default: false },
  "tftp-port": { type: "string" },
  "http-port": { type: "string" },
  help: { type: "boolean", short: "h" },
} as const

type Values = ReturnType<typeof parse>["values"]

const commands: Readonly<
  Record<string, (names: ReadonlyArray<string>, values: Values) => Promise<unknown>>
> = {
  on: async (names, { dir }) => (await import("./power.ts")).on(dir, one(names)),
  off: async (names, { dir }) => (await import("./power.ts")).off(dir, one(names)),
  reset: async (names, { dir }) => (await import("./power.ts")).reset(dir, one(names)),
  status: async (names, { dir }) =>
    print(await (await import("./power.ts")).status(dir, one(names))),
  flash: async (words, { dir }) => {
    const [name, file] = words
    if (name === undefined || file === undefined) throw misuse()
    await (await import("./flash.ts")).flash(dir, name, file)
  },
  unflash: async (names, { dir }) => (await import("./flash.ts")).unflash(dir, one(names)),
  join: async (words, { dir }) => {
    const [name, pid, bridge] = words
    if (name === undefined || pid === undefined || bridge === undefined) throw misuse()
    await (await import("./segment.ts")).join(dir, name, pid, bridge)
  },
  leave: async (names, { dir }) => (await import("./segment.ts")).leave(dir, one(names)),
  up: async (names, { dir, ...values }) => {
    if (names.length === 0) throw misuse()
    const ports = {
      tftp: port("--tftp-port", values["tftp-port"]),
      http: port("--http-port", values["http-port"]),
    }
    print(await (await import("./up.ts")).up(dir, names, ports))
  },
  down: async (names, { dir }) => (await import("./down.ts")).down(dir, names),
  setup: async (names, values) => {
    if (names.length > 0) throw misuse()
    await (await import("./setup.ts")).setup(values.images?.split(","), values.tests, print)
  },
  images: async () => print(JSON.stringify((await import("./images.ts")).imageFiles(), null, 2)),
}

async function main(): Promise<void> {
  const { values, positionals } = parse()
  const [name = "", ...names] = positionals
  if (values.help) return print(usage)
  const command = commands[name]
  if (!command) throw misuse()
  await command(names, values)
}

function parse() {
  return parseArgs({ options, allowPositionals: true })
}

function one(names: ReadonlyArray<string>): string {
  const [name, ...others] = names
  if (name === undefined || others.length > 0) throw misuse()
  return name
}

function misuse(): LabError {
  const words = process.argv.slice(2).join(" ")
  return new LabError(`this is not a command of lab: "${words}"; see lab --help`)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function port(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (Number.isInteger(number) && number >= 0 && number < 65_536) return number
  throw new LabError(`${option} expects a port from 0 to 65535, not "${text}"`)
}

main().catch((error: unknown) => {
  const understood = error instanceof LabError || (error instanceof Error && "code" in error) // parseArgs, files
  process.stderr.write(`lab: ${error instanceof Error ? error.message : String(error)}\n`)
  if (!understood && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  process.exitCode = 1
})
