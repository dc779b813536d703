import { existsSync } from "node:fs"
import { machineDirectory } from "./directory.ts"
import { LabError } from "./error.ts"
import type { Qmp } from "../src/core/power/qmp.ts"
import { withMonitor } from "./qmp.ts"

/** Talk to the monitor of a machine of the lab. Fails with {@link LabError} where it is not plugged in, or refuses. */
export function withMachine<A>(
  directory: string,
  name: string,
  use: (monitor: Qmp) => Promise<A>,
): Promise<A> {
  const machine = machineDirectory(directory, name)
  if (!existsSync(machine)) {
    return Promise.reject(
      new LabError(
        `there is no ${name} in ${directory}: plug it in with lab up --dir ${directory} ${name}`,
      ),
    )
  }
  return withMonitor(machine, use).catch((error: unknown) => {
    throw error instanceof LabError ? new LabError(`${name}: ${error.message}`) : error
  })
}
