/**
 * A machine's place in a network segment of a job's own, which is a network namespace with a bridge: its network card
 * gets a tap on that bridge in place of the usual network.
 */
import { execFile } from "node:child_process"
import { existsSync, readFileSync, readlinkSync } from "node:fs"
import { rm, writeFile } from "node:fs/promises"
import { join as joinPath } from "node:path"
import { promisify } from "node:util"
import { machineDirectory } from "./directory.ts"
import { LabError } from "./error.ts"
import { withMachine } from "./machine-monitor.ts"
import type { Qmp } from "../src/core/power/qmp.ts"

/** Is there while a machine is in a segment: the process that holds the namespace, and the namespace. */
const segmentFile = (home: string): string => joinPath(home, "segment")

/** Whether a machine is in a segment. */
export const isInSegment = (home: string): boolean => existsSync(segmentFile(home))

/** Puts a machine on the bridge in the network namespace of a process. */
export async function join(
  directory: string,
  name: string,
  pid: string,
  bridge: string,
): Promise<void> {
  const home = machineDirectory(directory, name)
  const namespace = namespaceOf(pid, "net")
  if (namespace === undefined) throw new LabError(`there is no process ${pid} of this user`)
  await leave(directory, name)
  await writeFile(segmentFile(home), `${pid} ${namespace}`)
  await addTap(home, pid, bridge)
  await withMachine(directory, name, async ({ execute }) => {
    await execute("netdev_add", {
      type: "hubport",
      id: "segment-port",
      hubid: 0,
      netdev: "segment",
    })
    await execute("set_link", { name: "usual", up: false })
  })
}

/** Puts a machine back on its usual network; nothing happens to one that is there. */
export function leave(directory: string, name: string): Promise<void> {
  const home = machineDirectory(directory, name)
  return withMachine(directory, name, async (monitor) => {
    if (isInSegment(home)) await useUsualNetwork(home, monitor)
  })
}

/** What `leave` does, for a machine whose segment is gone: who was to take it out of there was killed. */
export async function leaveLostSegment(home: string, monitor: Qmp): Promise<void> {
  if (!isInSegment(home)) return
  const [pid = "", namespace] = readFileSync(segmentFile(home), "utf8").split(" ")
  if (namespaceOf(pid, "net") !== namespace) await useUsualNetwork(home, monitor)
}

async function useUsualNetwork(home: string, { execute }: Qmp): Promise<void> {
  for (const id of ["segment-port", "segment"]) {
    await execute("netdev_del", { id }).catch((error: unknown) => {
      // It may not have come so far.
      if (!/not found/.test(String(error))) throw error
    })
  }
  await execute("set_link", { name: "usual", up: true })
  await rm(segmentFile(home), { force: true })
}

/** Makes a tap on the bridge, with QEMU at its other end as its netdev "segment". */
async function addTap(home: string, pid: string, bridge: string): Promise<void> {
  const isOwnUser = namespaceOf(pid, "user") === namespaceOf("self", "user")
  const enter = [
    "--target",
    pid,
    "--net",
    ...(isOwnUser ? [] : ["--user", "--preserve-credentials"]),
  ]
  const script = 'ip link set "$(python3 "$1" qmp segment)" master "$2" up'
  const words = ["sh", "-ec", script, "sh", joinPath(import.meta.dirname, "tap.py"), bridge]
  await promisify(execFile)("nsenter", [...enter, ...words], { cwd: home }).catch(
    async (error: Error & { readonly stderr?: string }) => {
      throw new LabError(
        `no tap in the network of ${pid}: ${(error.stderr || error.message).trim()}`,
      )
    },
  )
}

/** One of a process's namespaces: "net:[4026531840]"; undefined where there is no such process, or it is another user's. */
function namespaceOf(pid: string, kind: "net" | "user"): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`)
  } catch {
    return undefined
  }
}
