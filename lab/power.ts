/**
 * A machine's power switch. A machine that is off is a QEMU process that is halted and reset: its console
 * outlives power cycles, as a USB serial adapter outlives those of a board.
 */
import type { Qmp } from "../src/core/power/qmp.ts"
import { machineDirectory } from "./directory.ts"
import { withMachine } from "./machine-monitor.ts"
import { leaveLostSegment } from "./segment.ts"

/** Give the machine power; nothing changes where it has power. */
export function on(directory: string, name: string): Promise<void> {
  return withMachine(directory, name, async (monitor) => {
    await leaveLostSegment(machineDirectory(directory, name), monitor)
    if (!(await isOn(monitor))) await monitor.execute("cont")
  })
}

/** Take the machine's power away. Its disk keeps what was written. */
export function off(directory: string, name: string): Promise<void> {
  return withMachine(directory, name, halt)
}

/** Start the machine afresh, also when it was off. */
export function reset(directory: string, name: string): Promise<void> {
  return withMachine(directory, name, async (monitor) => {
    await halt(monitor)
    await leaveLostSegment(machineDirectory(directory, name), monitor)
    await monitor.execute("cont")
  })
}

/** Whether the machine has power. */
export function status(directory: string, name: string): Promise<"on" | "off"> {
  return withMachine(directory, name, async (monitor) => ((await isOn(monitor)) ? "on" : "off"))
}

async function halt(monitor: Qmp): Promise<void> {
  await monitor.execute("stop")
  await Promise.all([monitor.event("RESET"), monitor.execute("system_reset")])
}

/** A guest that shut itself down ("shutdown") still has power: it takes off and on to start it again. */
async function isOn(monitor: Qmp): Promise<boolean> {
  const { status } = (await monitor.execute("query-status")) as { readonly status: string }
  return status !== "prelaunch" && status !== "paused"
}
