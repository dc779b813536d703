import * as Effect from "effect/Effect"
import { dispatchEffect, type JobResult, type JobSource, type Lab } from "lab-dispatch"

/**
 * Runs a job on every board of a device type, four boards at a time, and answers the results in the boards' order.
 * Where the lab fails - a console that cannot be opened, a power switch that does not answer - the board gets a
 * second try. Interrupted, it ends when all boards are off.
 */
export const onEachBoard = (job: JobSource, lab: Lab, type: string) =>
  Effect.forEach(
    [...lab.devices.values()].filter((device) => device.type === type),
    (device) =>
      dispatchEffect(job, { lab, device: device.name }).pipe(
        Effect.repeat({ while: failedByTheLab, times: 1 }),
      ),
    { concurrency: 4 },
  )

const failedByTheLab = ({ error }: JobResult): boolean => error?._tag === "InfrastructureError"
