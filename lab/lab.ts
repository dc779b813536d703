/**
 * The emulated lab: real firmware and kernels on QEMU, started and stopped by plain commands.
 * What switches power is imported alone: it runs many times in every job.
 */
import { parseArgs } from "node:util"
import { defaultDirectory } from "./directory.ts"
import { LabError } from "./error.ts"

const usage = `usage: lab setup [--images NAME,...]     install what is needed, build the images into the cache
       lab images                        print the images as JSON: name -> path
       lab up [--dir DIR] [--tftp-port N] [--http-port N] NAME...
                                         plug machines in, powered off, and print the path of their lab file;
                                         NAME: highbank-NN, x86-NN or x86-pxelinux-NN
       lab on|off|reset|status NAME [--dir DIR]
       lab down [--dir DIR] [NAME...]    unplug machines and remove their files; all without NAME
DIR is ${defaultDirectory()} unless given.
`

const options = {
  dir: { type: "string", default: defaultDirectory() },
  images: { type: "string" },
  "tftp-port": { type: "string" },
  "http-port": { type: "string" },
  help: { type: "boolean", short: "h" },
} as const

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const [command, ...names] = positionals
  if (values.help) return print(usage)
  switch (command) {
    case "on":
    case "off":
    case "reset":
    case "status": {
      const [name, ...others] = names
      if (name === undefined || others.length > 0) break
      const power = await import("./power.ts")
      const state = await power[command](values.dir, name)
      return command === "status" ? print(`${state}\n`) : undefined
    }
    case "up": {
      if (names.length === 0) break
      const { up } = await import("./up.ts")
      const ports = {
        tftp: port("--tftp-port", values["tftp-port"]),
        http: port("--http-port", values["http-port"]),
      }
      return print(`${await up(values.dir, names, ports)}\n`)
    }
    case "down": {
      const { down } = await import("./down.ts")
      return await down(values.dir, names)
    }
    case "setup": {
      if (names.length > 0) break
      const { setup } = await import("./setup.ts")
      return await setup(values.images?.split(","), (line) => print(`${line}\n`))
    }
    case "images": {
      const { imageFiles } = await import("./images.ts")
      return print(`${JSON.stringify(imageFiles(), null, 2)}\n`)
    }
  }
  throw new LabError(
    `see lab --help for what it understands; it got: ${process.argv.slice(2).join(" ") || "nothing"}`,
  )
}

function print(text: string): void {
  process.stdout.write(text)
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
