import { readFile, readlink } from "node:fs/promises"
import { join } from "node:path"

/** The process id of the QEMU that runs in a machine's directory, if one does. */
export async function emulatorPid(home: string): Promise<number | undefined> {
  const pid = Number(await readFile(join(home, "pid"), "utf8").catch(() => ""))
  if (!pid) return undefined
  // The number may belong to another process by now.
  const program = await readlink(`/proc/${pid}/exe`).catch(() => "")
  return /\/qemu-system-[^/]*$/.test(program) ? pid : undefined
}

/** Whether a machine is plugged in. */
export async function isRunning(home: string): Promise<boolean> {
  return (await emulatorPid(home)) !== undefined
}
