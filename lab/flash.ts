/**
 * A machine's firmware: another one of its kind, or its own again. QEMU reads it when it starts, so it is started anew,
 * and its console is a new one behind the old name.
 */
import { existsSync } from "node:fs"
import { copyFile, rename, rm } from "node:fs/promises"
import { join, resolve } from "node:path"
import { consoleOf } from "./console.ts"
import { machineDirectory } from "./directory.ts"
import { startEmulator, stopEmulator } from "./emulator.ts"
import { LabError } from "./error.ts"
import { imageDirectory } from "./images.ts"
import { readLabFile } from "./lab-file.ts"
import { withLock } from "./lock.ts"
import { machineOf } from "./machines.ts"
import { isRunning } from "./process.ts"
import { isInSegment } from "./segment.ts"

/** Give a machine the firmware in a file, and leave it switched off. Where QEMU does not take it, it keeps its own. */
export function flash(directory: string, name: string, file: string): Promise<void> {
  return withFirmware(directory, name, async (home, restart) => {
    await copyFile(file, join(home, "firmware.new"))
    await rename(join(home, "firmware.new"), join(home, "firmware"))
    await restart().catch(async (error: unknown) => {
      await rm(join(home, "firmware"))
      await restart()
      throw error
    })
  })
}

/** Give a machine its own firmware back, and leave it switched off; nothing happens to one that has it. */
export function unflash(directory: string, name: string): Promise<void> {
  return withFirmware(directory, name, async (home, restart) => {
    if (!existsSync(join(home, "firmware")) && (await isRunning(home))) return
    await rm(join(home, "firmware"), { force: true })
    await restart()
  })
}

async function withFirmware(
  directory: string,
  name: string,
  change: (home: string, restart: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const home = machineDirectory(directory, name)
  if (!existsSync(home)) {
    throw new LabError(`there is no ${name} in ${directory}: plug it in with lab up`)
  }
  await withLock(join(resolve(directory), "lock"), async () => {
    const { dispatcher } = await readLabFile(directory, { tftp: undefined, http: undefined })
    await change(home, async () => {
      if (isInSegment(home)) {
        throw new LabError(
          `${name} is in a network segment, which it would lose: lab leave it first`,
        )
      }
      const firmware = join(home, "firmware")
      const machine = machineOf(name, {
        tftpPort: dispatcher.tftp.port,
        image: imageDirectory,
        ...(existsSync(firmware) && { firmware }),
      })
      if (!machine.takesFirmware) throw new LabError(`${name} takes no other firmware`)
      await stopEmulator(home)
      await startEmulator(home, name, machine)
      await consoleOf(home, machine)
    })
  })
}
