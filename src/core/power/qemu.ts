import { type ChildProcessByStdio, execFile, spawn } from "node:child_process"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import type { Readable, Writable } from "node:stream"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as z from "zod"
import { CommandLine } from "../console/command-line.ts"
import type { HostProgram } from "../host-program.ts"
import { InfrastructureError, messageOf } from "../pipeline/errors.ts"
import type { PowerPort } from "./power.ts"
import { openQmp, type Qmp } from "./qmp.ts"
import { noSuchSnapshot } from "./snapshot-names.ts"

/** A virtual machine whose QEMU the dispatcher starts. */
export const QemuSettings = z.strictObject({
  command: CommandLine.describe(
    "QEMU's program and options; {DISK} stands for the machine's disk, a qcow2 file of the job's own. -display none and -qmp stdio are added",
  ),
  snapshots: z
    .record(z.string().min(1), z.string().min(1))
    .refine((snapshots) => Object.keys(snapshots).length > 0, "expected at least one disk image")
    .describe(
      "What the disk may start from: qcow2 images by name, relative to the lab file, which are only read",
    ),
})

/** See the schema of the same name. */
export type QemuSettings = z.output<typeof QemuSettings>

/** What it takes on this machine, beside QEMU. */
export const qemuPrograms: ReadonlyArray<HostProgram> = [
  { command: "qemu-img", debian: "qemu-utils" },
  { command: "setpriv", debian: "util-linux" },
]

/** QEMU has this long to end when it is told to, in ms. */
const quitMs = 2000

/** A QEMU that runs. */
interface Running {
  readonly qmp: Qmp
  readonly ended: Promise<unknown>
  readonly kill: () => void
}

/**
 * A virtual machine whose QEMU runs as long as it is on, and no longer than the Scope, nor than this process, however
 * that ends. Its snapshots are disk images, on top of which each revert lays a fresh disk.
 *
 * @param directory where the disk is made, gone with the job
 */
export const qemuPower = (
  { command, snapshots }: QemuSettings,
  directory: string,
): Effect.Effect<PowerPort, never, Scope.Scope> =>
  Effect.gen(function* () {
    const disk = join(directory, "disk.qcow2")
    let running: Running | undefined
    let hasDisk = false
    const stop = async () => {
      if (!running) return
      const { qmp, ended, kill } = running
      qmp.execute("quit").catch(() => undefined)
      await Promise.race([ended, sleep(quitMs, undefined, { ref: false })])
      kill()
      await ended
      running = undefined
    }
    const freshDisk = async (name: string) => {
      const image = snapshots[name]
      if (image === undefined) throw new Error(noSuchSnapshot(name, Object.keys(snapshots)))
      await rm(disk, { force: true })
      const words = ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", image, disk]
      await promisify(execFile)("qemu-img", words).catch((error: Error) => {
        throw new Error(`its disk cannot be made on top of ${image} (${lastLine(error.message)})`)
      })
      hasDisk = true
    }
    const run = async () => {
      if (running) return
      if (!hasDisk) await freshDisk(Object.keys(snapshots)[0]!)
      const own = command.map((word) => word.replaceAll("{DISK}", disk))
      running = await start([...own, "-display", "none", "-qmp", "stdio"])
      const { ended } = running
      void ended.then(() => (running = undefined))
    }
    const attempt = (what: string, steps: ReadonlyArray<() => Promise<void>>) =>
      Effect.tryPromise({
        try: async () => {
          for (const step of steps) await step()
        },
        catch: (cause) =>
          new InfrastructureError({
            message: `cannot ${what} the virtual machine: ${messageOf(cause)}`,
            cause,
          }),
      }).pipe(Effect.uninterruptible)
    yield* Effect.addFinalizer(() => Effect.promise(stop))
    return {
      on: attempt("switch on", [run]),
      off: attempt("switch off", [stop]),
      reset: attempt("reset", [stop, run]),
      revert: (snapshot) => attempt("revert", [stop, () => freshDisk(snapshot), run]),
    }
  })

type Child = ChildProcessByStdio<Writable, Readable, Readable>

/** Starts QEMU, to be killed by the kernel when this process ends, and waits until its monitor answers. */
const start = async (command: ReadonlyArray<string>): Promise<Running> => {
  const words = ["--pdeathsig", "KILL", "--", ...command]
  const child: Child = spawn("setpriv", words, { stdio: ["pipe", "pipe", "pipe"], detached: true })
  let said = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-4096)))
  child.stdin.on("error", () => undefined) // told by its end
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error: Error) => {
      said = error.message
      resolve()
    })
    child.once("close", () => resolve())
  })
  const kill = () => void child.kill("SIGKILL")
  try {
    return { qmp: await openQmp(child.stdout, child.stdin), ended, kill }
  } catch (error) {
    kill()
    await ended
    throw new Error(said.trim() === "" ? messageOf(error) : lastLine(said), { cause: error })
  }
}

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? ""
