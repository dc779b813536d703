import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Device } from "../../core/lab/device.ts"
import { Connection, type JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { ConfigurationError } from "../../core/pipeline/errors.ts"
import { log } from "../../core/pipeline/events.ts"
import { Power, powerPrograms, whatSwitches } from "../../core/power/power.ts"

/**
 * Brings a virtual machine to a snapshot. Where the lab file does not say how, the machine stays as it is, with a
 * warning, unless the job names a snapshot.
 *
 * Throws ConfigurationError where neither the job nor the device type names one, and where the machine cannot be
 * brought to the one that the job names.
 *
 * @param wanted by the job
 * @param usual by the device type
 */
export const revertToSnapshot = (
  { name, power }: Device,
  wanted: string | undefined,
  usual: string | undefined,
): Action<JobServices> => {
  const how = whatSwitches(power, "revert")
  const snapshot = wanted ?? usual
  if (how === undefined && wanted === undefined) return leaveAsItIs(name)
  if (how === undefined || snapshot === undefined) {
    throw new ConfigurationError({
      message:
        how === undefined
          ? `${name} cannot be brought to the snapshot "${wanted}": the lab file does not say how; give its "power" a virtual machine, or a "revert" command`
          : `which snapshot of ${name}? Give the deploy a "snapshot", or the device type the parameter "snapshot"`,
      device: name,
    })
  }
  return action({
    name: "revert-to-snapshot",
    description: `bring the virtual machine to its snapshot "${snapshot}"`,
    details: [`by ${how}`],
    programs: powerPrograms(power),
    timeoutSeconds: 120,
    run: Effect.gen(function* () {
      const { revert } = yield* Power
      yield* (yield* Connection).endLife
      const start = yield* Clock.currentTimeMillis
      if (revert) yield* revert(snapshot)
      const seconds = ((yield* Clock.currentTimeMillis) - start) / 1000
      yield* log("info", `${name} is at its snapshot "${snapshot}" after ${seconds.toFixed(2)} s`)
    }),
  })
}

const leaveAsItIs = (name: string): Action<JobServices> => {
  const message = `${name} is not reset: the lab file does not say how to bring it to a snapshot, so it is as earlier jobs have left it`
  return action({
    name: "revert-to-snapshot",
    description: "leave the virtual machine as it is: it has no snapshots",
    details: [message],
    timeoutSeconds: 10,
    run: log("warning", message),
  })
}
