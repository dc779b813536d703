import { join } from "node:path"
import { type Qmp, QemuGone, withQmp } from "../src/core/power/qmp.ts"
import { LabError } from "./error.ts"

/**
 * Talk to the monitor of the machine in `directory` for as long as `use` runs.
 * Fails with {@link LabError} when no machine runs there, or when it does not answer within ten seconds.
 */
export async function withMonitor<A>(
  directory: string,
  use: (monitor: Qmp) => Promise<A>,
): Promise<A> {
  return withQmp(join(directory, "qmp"), use).catch((error: unknown) => {
    if (error instanceof QemuGone) throw new LabError("it does not run: plug it in with lab up")
    throw error instanceof Error ? new LabError(error.message) : error
  })
}
