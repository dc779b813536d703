import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { holderOf } from "../../src/core/lab/reservation.ts"
import { loadLab } from "../../src/index.ts"
import { canListen, type EmulatedLab } from "./emulated-lab.ts"

/**
 * Expects that a run of the command has given everything back: the machine is off, none of its processes
 * lives, its ports and its machine are free, and it left no temporary file.
 *
 * @param temporary the TMPDIR of the run, which all of its processes have inherited
 */
export const expectNothingLeft = async (
  temporary: string,
  lab: EmulatedLab,
  machine: string,
): Promise<void> => {
  const { bind = "0.0.0.0", tftp, http, netcat } = lab.description.dispatcher
  const device = (await loadLab(lab.file)).devices.get(machine)
  expect({
    power: await lab.power(machine),
    processes: await processesOf(temporary),
    files: await filesIn(temporary),
    freePorts: {
      tftp: await canListen("udp", tftp.port, bind),
      http: await canListen("tcp", http.port, bind),
      netcat: await canListen("tcp", netcat.port, bind),
    },
    reservedFor: device && (await Effect.runPromise(holderOf(device))),
  }).toEqual({
    power: "off",
    processes: [],
    files: [],
    freePorts: { tftp: true, http: true, netcat: true },
    reservedFor: undefined,
  })
}

/** Command lines of the processes that were started with this path in their words or their environment. */
export const processesOf = async (path: string): Promise<ReadonlyArray<string>> => {
  const found: Array<string> = []
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const read = (name: string) => readFile(join("/proc", pid, name), "utf8").catch(() => "")
    const words = await read("cmdline")
    if (`${words}\0${await read("environ")}`.includes(path)) {
      found.push(words.replaceAll("\0", " "))
    }
  }
  return found
}

/** Files, and directories but those that jobs share. */
const filesIn = async (temporary: string): Promise<ReadonlyArray<string>> => {
  const names = await readdir(temporary, { recursive: true })
  return names.filter((name) => !/^lab-dispatch-\d+(\/jobs)?$/.test(name))
}
