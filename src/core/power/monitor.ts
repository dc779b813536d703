import * as Effect from "effect/Effect"
import * as z from "zod"
import { InfrastructureError, messageOf } from "../pipeline/errors.ts"
import type { PowerPort } from "./power.ts"
import { type Qmp, QemuGone, withQmp } from "./qmp.ts"
import { noSuchSnapshot } from "./snapshot-names.ts"

/** Where the monitor of a QEMU is that somebody else has started. */
export const MonitorSettings = z.strictObject({
  socket: z
    .string()
    .min(1)
    .describe(
      "Path of its QMP socket, relative to the lab file: -qmp unix:PATH,server=on,wait=off",
    ),
})

/** See the schema of the same name. */
export type MonitorSettings = z.output<typeof MonitorSettings>

/**
 * Switches a virtual machine by the monitor of its QEMU, which stays: off is halted and reset. Its snapshots are those
 * in its qcow2 disks, with or without the memory of a running system (`savevm NAME`).
 */
export const monitorPower = ({ socket }: MonitorSettings): PowerPort => {
  const talk = (what: string, use: (qmp: Qmp) => Promise<void>) =>
    Effect.tryPromise({
      try: () => withQmp(socket, use),
      catch: (cause) =>
        new InfrastructureError({
          message: `cannot ${what} the virtual machine: ${messageOf(cause)}${cause instanceof QemuGone ? "; start it" : ""}`,
          cause,
        }),
    })
  return {
    on: talk("switch on", async ({ execute }) => void (await execute("cont"))),
    // A machine whose QEMU has ended is off.
    off: Effect.catchIf(
      talk("switch off", halt),
      ({ cause }) => cause instanceof QemuGone,
      () => Effect.void,
    ),
    reset: talk("reset", async (qmp) => {
      await halt(qmp)
      await qmp.execute("cont")
    }),
    revert: (snapshot) => talk("revert", (qmp) => load(qmp, snapshot)),
  }
}

const halt = async ({ execute, event }: Qmp): Promise<void> => {
  await execute("stop")
  await Promise.all([event("RESET"), execute("system_reset")])
}

/** What query-block tells of a disk (QEMU's QAPI schema, BlockInfo). */
interface Disk {
  readonly inserted?: {
    readonly "node-name": string
    readonly ro: boolean
    readonly image: {
      readonly snapshots?: ReadonlyArray<{
        readonly name: string
        readonly "vm-state-size": number
      }>
    }
  }
}

/** Loads a snapshot and lets the machine run: from where it was, or from its firmware where it has no memory. */
const load = async (qmp: Qmp, tag: string): Promise<void> => {
  const { execute } = qmp
  const disks = ((await execute("query-block")) as ReadonlyArray<Disk>).flatMap(({ inserted }) =>
    inserted && !inserted.ro ? [inserted] : [],
  )
  const snapshots = disks.flatMap(({ image, "node-name": node }) =>
    (image.snapshots ?? []).map((each) => ({ ...each, node })),
  )
  const wanted = snapshots.filter(({ name }) => name === tag)
  const memory = wanted.find((each) => each["vm-state-size"] > 0)
  if (!memory) {
    const known = snapshots.filter((each) => each["vm-state-size"] > 0).map(({ name }) => name)
    throw new Error(noSuchSnapshot(tag, [...new Set(known)]))
  }
  const id = `revert-${process.pid}`
  const devices = disks.map((disk) => disk["node-name"])
  await execute("stop")
  await execute("snapshot-load", { "job-id": id, tag, vmstate: memory.node, devices })
  await concluded(qmp, id)
  await execute("cont")
}

/** Waits for a job of QEMU's, which must succeed. */
const concluded = async ({ execute, event }: Qmp, id: string): Promise<void> => {
  for (;;) {
    const change = event("JOB_STATUS_CHANGE")
    const jobs = (await execute("query-jobs")) as ReadonlyArray<{
      readonly id: string
      readonly status: string
      readonly error?: string
    }>
    const job = jobs.find((each) => each.id === id)
    if (job?.status === "concluded") {
      change.catch(() => undefined)
      await execute("job-dismiss", { id })
      if (job.error !== undefined) throw new Error(job.error)
      return
    }
    await change
  }
}
