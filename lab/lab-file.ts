import { readFile, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { LabError } from "./error.ts"
import { currentDirectory } from "./images.ts"

/** The dispatcher's ports on the host; 0 lets it choose. */
export interface Ports {
  readonly tftp: number
  readonly http: number
}

/** A console that is a login in the machine itself. */
export interface SshConsole {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly identity_file: string
  readonly host_key: string
}

/** A device of the lab file, as the dispatcher reads it. */
export interface Device {
  readonly device_type: string
  readonly mac?: string
  readonly console:
    | { readonly serial: { readonly path: string; readonly baud: number } }
    | { readonly telnet: { readonly host: string; readonly port: number } }
    | { readonly ssh: SshConsole }
  readonly network?: {
    readonly join: ReadonlyArray<string>
    readonly leave: ReadonlyArray<string>
    readonly boot_file?: string
  }
  readonly flasher?: {
    readonly commands: ReadonlyArray<ReadonlyArray<string>>
    readonly restore: ReadonlyArray<ReadonlyArray<string>>
  }
  readonly power:
    | Readonly<Record<"on" | "off" | "reset", ReadonlyArray<string>>>
    | { readonly qmp: { readonly socket: string } }
  readonly tags: ReadonlyArray<string>
  readonly parameters?: Readonly<Record<string, unknown>>
}

/** The lab file, as the dispatcher reads it. */
export interface LabFile {
  readonly dispatcher: {
    readonly address: string
    readonly tftp: { readonly port: number }
    readonly http: { readonly port: number }
  }
  readonly repositories: ReadonlyArray<string>
  readonly devices: Readonly<Record<string, Device>>
}

/**
 * The lab file in `directory`, or a new one. Its ports are set by the first machine that is plugged in:
 * the firmware of those that are there knows them.
 */
export async function readLabFile(
  directory: string,
  ports: { readonly [port in keyof Ports]: number | undefined },
): Promise<LabFile> {
  const text = await readFile(join(directory, "lab.json"), "utf8").catch(() => undefined)
  if (text === undefined) {
    return {
      // What the machines' user-mode network calls the host.
      dispatcher: {
        address: "10.0.2.2",
        tftp: { port: ports.tftp ?? 6969 },
        http: { port: ports.http ?? 0 },
      },
      repositories: [currentDirectory()],
      devices: {},
    }
  }
  const lab = JSON.parse(text) as LabFile
  for (const service of ["tftp", "http"] as const) {
    const { port } = lab.dispatcher[service]
    const asked = ports[service] ?? port
    if (asked !== port) {
      throw new LabError(
        `the lab in ${directory} has its ${service} port at ${port}, not ${asked}: give another --dir, or lab down first`,
      )
    }
  }
  return lab
}

/** The lab with one more device. */
export function addDevice(lab: LabFile, name: string, device: Device): LabFile {
  return { ...lab, devices: { ...lab.devices, [name]: device } }
}

/** The lab without a device. */
export function removeDevice(lab: LabFile, name: string): LabFile {
  const { [name]: _, ...devices } = lab.devices
  return { ...lab, devices }
}

/** Replace the lab file in one step: whoever reads it sees the old one or the new one. */
export async function writeLabFile(directory: string, lab: LabFile): Promise<void> {
  const file = join(directory, "lab.json")
  await writeFile(`${file}.new`, `${JSON.stringify(lab, null, 2)}\n`)
  await rename(`${file}.new`, file)
}
