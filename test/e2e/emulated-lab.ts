import { createSocket } from "node:dgram"
import { once } from "node:events"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execa } from "execa"

const lab = join(import.meta.dirname, "../../lab/lab")

/** What of a lab file the tests look at or change. */
export interface LabDescription {
  readonly dispatcher: {
    readonly address: string
    readonly bind?: string
    readonly tftp: { readonly port: number }
    readonly http: { readonly port: number }
    readonly netcat: { readonly port: number }
  }
  readonly repositories: ReadonlyArray<string | object>
  readonly devices: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** A lab of emulated machines of a test's own. */
export interface EmulatedLab {
  readonly directory: string
  /** Path of its lab file. */
  readonly file: string
  readonly description: LabDescription
  /** The same machines by a lab file with changes. */
  readonly changed: (
    name: string,
    change: (lab: LabDescription) => LabDescription,
  ) => Promise<EmulatedLab>
  /** Path of an image's file. */
  readonly image: (name: string) => string
  /** Whether a machine is switched on. */
  readonly power: (machine: string) => Promise<string>
  /** Takes a machine's power, as if somebody had pulled its plug. */
  readonly unplug: (machine: string) => Promise<void>
  readonly stop: () => Promise<void>
}

/**
 * Builds what the machines need, where it is not there yet, and plugs them in, switched off. Each of the
 * dispatcher's servers has a port of its own, the same in every run, so that a test can see it given back.
 */
export const startLab = async (
  machines: ReadonlyArray<string>,
  images: ReadonlyArray<string>,
): Promise<EmulatedLab> => {
  await execa(lab, ["setup", "--images", images.join(",")], { stdio: "inherit" })
  const directory = await mkdtemp(join(tmpdir(), "lab-dispatch-e2e-"))
  const [tftp, http, netcat] = [await freePort(), await freePort(), await freePort()]
  const ports = ["--tftp-port", String(tftp), "--http-port", String(http)]
  await execa(lab, ["up", "--dir", directory, ...ports, ...machines])
  const description = JSON.parse(
    await readFile(join(directory, "lab.json"), "utf8"),
  ) as LabDescription
  return writeLab(directory, "tests", {
    ...description,
    dispatcher: { ...description.dispatcher, netcat: { port: netcat } },
  })
}

const writeLab = async (
  directory: string,
  name: string,
  description: LabDescription,
): Promise<EmulatedLab> => {
  const file = join(directory, `${name}.json`)
  await writeFile(file, JSON.stringify(description))
  return {
    directory,
    file,
    description,
    changed: (changedName, change) => writeLab(directory, changedName, change(description)),
    image: (image) =>
      join(description.repositories.findLast((each) => typeof each === "string") ?? "", image),
    power: async (machine) =>
      (await execa(lab, ["status", machine, "--dir", directory])).stdout.trim(),
    unplug: async (machine) => void (await execa(lab, ["off", machine, "--dir", directory])),
    stop: async () => {
      await execa(lab, ["down", "--dir", directory])
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** A port that is free for TCP and UDP, and that the kernel gives to nobody who does not ask for it. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000)
    if ((await canListen("tcp", port)) && (await canListen("udp", port))) return port
  }
}

/** Whether nobody listens at a port. */
export const canListen = async (
  protocol: "tcp" | "udp",
  port: number,
  address = "0.0.0.0",
): Promise<boolean> => {
  const socket = protocol === "tcp" ? createServer() : createSocket("udp4")
  if ("listen" in socket) socket.listen(port, address)
  else socket.bind(port, address)
  try {
    await once(socket, "listening")
    return true
  } catch {
    return false
  } finally {
    socket.close()
  }
}
