import { existsSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join, resolve } from "node:path"
import { machineDirectory } from "./directory.ts"
import { stopEmulator } from "./emulator.ts"
import { LabError } from "./error.ts"
import { readLabFile, removeDevice, writeLabFile } from "./lab-file.ts"
import { withLock } from "./lock.ts"

/**
 * Unplug machines and remove their files; all of the lab's without names. The directory goes with the last.
 * Nothing happens where there is no lab.
 */
export async function down(directory: string, names: ReadonlyArray<string>): Promise<void> {
  const dir = resolve(directory)
  if (!existsSync(join(dir, "lab.json"))) return
  await withLock(join(dir, "lock"), async () => {
    let lab = await readLabFile(dir, { tftp: undefined, http: undefined })
    const unknown = names.find((name) => !(name in lab.devices))
    if (unknown !== undefined) {
      throw new LabError(
        `there is no ${unknown} in ${dir}; there are ${Object.keys(lab.devices).join(", ")}`,
      )
    }
    for (const name of names.length > 0 ? names : Object.keys(lab.devices)) {
      await unplug(machineDirectory(dir, name))
      lab = removeDevice(lab, name)
      await writeLabFile(dir, lab)
    }
    if (Object.keys(lab.devices).length === 0) await rm(dir, { recursive: true, force: true })
  })
}

async function unplug(home: string): Promise<void> {
  await stopEmulator(home)
  await rm(home, { recursive: true, force: true })
}
