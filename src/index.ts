import * as Effect from "effect/Effect"
import type { JobSource } from "./core/job/definition.ts"
import type { InvalidFile } from "./core/job/source/invalid-file.ts"
import { type Lab, loadLab as loadLabWith } from "./core/lab/load-lab.ts"
import type { DevicePlugin } from "./core/lab/plugin.ts"
import { masterInitrd } from "./devices/master-initrd.ts"
import { minimal } from "./devices/minimal.ts"
import { type DispatchOptions, prepare as prepareEffect, type ReadyJob } from "./dispatch.ts"

/** The kinds of device that come with the package: what device types may name as `plugin` without more ado. */
export const builtInPlugins: ReadonlyArray<DevicePlugin> = [
  masterInitrd,
  minimal,
] as ReadonlyArray<DevicePlugin>

/**
 * Reads a lab file with its device types and plugins.
 *
 * @param source path of a JSON or YAML file, or the same as a value; paths in a value are relative to the
 * current directory
 *
 * Fails with InvalidFile, which lists every mistake with its position.
 */
export const loadLabEffect = (source: string | object): Effect.Effect<Lab, InvalidFile> =>
  loadLabWith(source, builtInPlugins)

/** As `loadLabEffect`, as a promise. */
export const loadLab = (source: string | object): Promise<Lab> =>
  Effect.runPromise(loadLabEffect(source))

/**
 * Reads a job, finds its device and plans it; touches nothing. `dispatch` takes the answer in place of the job.
 *
 * Rejects with a ConfigurationError; an InvalidFile, which is one, lists every mistake with its position.
 */
export const prepare = (
  source: JobSource,
  options: Pick<DispatchOptions, "lab" | "device">,
): Promise<ReadyJob> => Effect.runPromise(prepareEffect(source, options))

export { prepareEffect }
export { dispatch, dispatchEffect } from "./dispatch.ts"
export type { DispatchOptions, JobResult, ReadyJob, Run } from "./dispatch.ts"

// Jobs and labs
export type { JobDefinition, JobSource } from "./core/job/definition.ts"
export { jobJsonSchema } from "./core/job/json-schema.ts"
export { secretsOf } from "./core/job/secrets.ts"
export { InvalidFile } from "./core/job/source/invalid-file.ts"
export type { Problem } from "./core/job/source/problem.ts"
export type { Device } from "./core/lab/device.ts"
export type { Lab } from "./core/lab/load-lab.ts"

// What happens in a job, and how it can end
export * from "./core/pipeline/errors.ts"
export type * from "./core/pipeline/events.ts"
export type { Plan, PlannedAction } from "./core/pipeline/plan.ts"

// Reports: LAVA's log and results, JUnit, a terminal view
export { errorExitCode, exitCode } from "./core/report/exit-code.ts"
export { openReports, type ReportOptions, type Reports } from "./core/report/open.ts"
export type { JobSummary } from "./core/report/summary.ts"

// For device plugins: how actions are made, and what they may ask for
export { autoLogin } from "./actions/boot/auto-login.ts"
export { connectDevice, DeviceShell, deviceConsole, waitFor } from "./actions/connection.ts"
export { resetDevice } from "./actions/power/reset-device.ts"
export type { Console } from "./core/console/console.ts"
export { type DevicePlugin, defineDevicePlugin, type Planner } from "./core/lab/plugin.ts"
export { Connection, CurrentJob, type JobServices } from "./core/lab/services.ts"
export {
  type Action,
  action,
  always,
  type Retry,
  retry,
  sequence,
  withTimeout,
} from "./core/pipeline/action.ts"
export { remainingSeconds } from "./core/pipeline/deadline.ts"
export { log, report } from "./core/pipeline/events.ts"
export { type DataKey, dataKey, findData, getData, setData } from "./core/pipeline/job-data.ts"
export { progressOf } from "./core/pipeline/progress.ts"
export { Power, type PowerPort } from "./core/power/power.ts"
