/**
 * Runs test jobs on real devices.
 *
 * ```ts
 * const lab = await loadLab("lab.json")
 * const run = dispatch("job.json", { lab })
 * for await (const event of run.events) ui.show(event)
 * const { status, cases } = await run.result
 * ```
 *
 * What answers a promise has an Effect form beside it: `loadLabEffect`, `prepareEffect`, `dispatchEffect`. An own
 * kind of device is a plugin: see `defineDevicePlugin`. Boards to test with are in `lab-dispatch/testing`.
 *
 * @module
 */
import * as Effect from "effect/Effect"
import type { JobSource } from "./core/job/definition.ts"
import type { InvalidFile } from "./core/source/invalid-file.ts"
import { type Lab, loadLab as loadLabWith } from "./core/lab/load-lab.ts"
import type { DevicePlugin } from "./core/lab/plugin.ts"
import type { ServiceLogger } from "./core/report/service-log.ts"
import { lavaDictionary } from "./devices/lava-dictionary.ts"
import { masterInitrd } from "./devices/master-initrd.ts"
import { masterPartition } from "./devices/master-partition.ts"
import { minimal } from "./devices/minimal.ts"
import { selfReboot } from "./devices/self-reboot.ts"
import { uBootNetboot } from "./devices/u-boot-netboot.ts"
import { ssh } from "./devices/ssh.ts"
import { vm } from "./devices/vm.ts"
import { prepare as prepareEffect, type PrepareOptions, type ReadyJob } from "./prepare-job.ts"

/** The kinds of device that come with the package: what device types may name as `plugin` without more ado. */
export const builtInPlugins: ReadonlyArray<DevicePlugin> = [
  masterInitrd,
  masterPartition,
  minimal,
  uBootNetboot,
  ssh,
  vm,
  selfReboot,
  lavaDictionary,
] as ReadonlyArray<DevicePlugin>

/**
 * Reads a lab file with its device types and plugins.
 *
 * @param source path of a JSON or YAML file, or the same as a value; paths in a value are relative to the
 * current directory
 *
 * Rejects with InvalidFile, which lists every mistake with its position.
 */
export const loadLab = (source: string | object, options?: LabOptions): Promise<Lab> =>
  Effect.runPromise(loadLabEffect(source, options))

/** As `loadLab`, as an Effect: fails with InvalidFile. */
export const loadLabEffect = (
  source: string | object,
  { log }: LabOptions = {},
): Effect.Effect<Lab, InvalidFile> =>
  Effect.map(loadLabWith(source, builtInPlugins), (lab) => ({ ...lab, ...(log && { log }) }))

/** How a lab is to be used. */
export interface LabOptions {
  /**
   * Is told what the lab's jobs do, the secrets blanked: when they start and end, what failed, every transfer with a
   * device; at `debug`, every action and every result. A logger of pino's, or one that is called like it.
   */
  readonly log?: ServiceLogger
}

/**
 * Reads a job, finds its devices and plans it; touches nothing. `dispatch` takes the answer in place of the job.
 *
 * Rejects with a ConfigurationError; an InvalidFile, which is one, lists every mistake with its position.
 */
export const prepare = (source: JobSource, options: PrepareOptions): Promise<ReadyJob> =>
  Effect.runPromise(prepareEffect(source, options))

export { prepareEffect, type PrepareOptions, type ReadyJob }
export {
  type DispatchOptions,
  dispatch,
  dispatchEffect,
  type JobResult,
  type NodeResult,
  type Run,
} from "./dispatch.ts"
export type { PlannedNode } from "./planned-job.ts"

// Jobs and labs: what was read, and what is wrong with what could not be.
export type { JobDefinition, JobSource } from "./core/job/definition.ts"
export { jobJsonSchema } from "./core/job/json-schema.ts"
export { secretsOf } from "./core/job/secrets.ts"
export { InvalidFile } from "./core/source/invalid-file.ts"
export type { Problem } from "./core/source/problem.ts"
export type { Device } from "./core/lab/device.ts"
export type { Lab } from "./core/lab/load-lab.ts"
export type { Plan, PlannedAction } from "./core/pipeline/plan.ts"

// What happens in a job.
export type {
  ActionEnded,
  ActionProgress,
  ActionStarted,
  CaseMarker,
  CaseResult,
  CaseResultEvent,
  ConsoleLine,
  FileTransfer,
  JobEnded,
  JobEvent,
  JobEventBody,
  JobStarted,
  JobStatus,
  LogLevel,
  LogMessage,
  NodeEnded,
  StartedNode,
} from "./core/pipeline/events.ts"

// How a job can fail: LAVA's classes of errors. `_tag` and `instanceof` both tell them apart.
export {
  BugError,
  CanceledError,
  ConfigurationError,
  type DispatchError,
  type ErrorDetails,
  errorType,
  InfrastructureError,
  isDispatchError,
  isRetryable,
  JobError,
  TestError,
} from "./core/pipeline/errors.ts"

// Where the nodes of a job meet, for a service that has them in several processes or on several hosts.
export { type ExchangeServerOptions, serveExchange } from "./core/multinode/exchange-server.ts"
export { Exchange, type Member } from "./core/multinode/exchange.ts"
export { type JobExchange, makeExchange } from "./core/multinode/job-exchange.ts"
export {
  joinExchange,
  type RemoteExchange,
  type RemoteExchangeOptions,
} from "./core/multinode/remote-exchange.ts"

// Reports on a job: LAVA's log and results, JUnit, a view for a terminal, and the command's exit code.
export { errorExitCode, exitCode } from "./core/report/exit-code.ts"
export {
  openReports,
  type ReportFormat,
  type ReportOptions,
  type Reports,
} from "./core/report/open.ts"
export type { Output } from "./core/report/output.ts"
export type { ServiceLogger }
export type { JobSummary, ReportedCase } from "./core/report/summary.ts"

// For device plugins: the plugin itself, and how actions are made and composed.
export {
  type DevicePlugin,
  defineDevicePlugin,
  type Planner,
  type PluginMethods,
} from "./core/lab/plugin.ts"
export { type ActionContext } from "./actions/action-context.ts"
export { defineAction } from "./actions/define-action.ts"
export {
  type Action,
  action,
  always,
  type Retry,
  retry,
  sequence,
  withTimeout,
} from "./core/pipeline/action.ts"

// Schemas of a plugin's parameters and of the methods that it brings: zod itself, so that there is one of it, and pieces.
export * as z from "zod"
export { Artifact } from "./core/artifacts/artifact.ts"
export { PatternText } from "./core/console/pattern-text.ts"
export { bootKeys } from "./core/job/v2/boot/login.ts"

// Actions that come with the package, and the pieces of which a plugin's own are made.
export { autoLogin, type LoginKeys } from "./actions/boot/auto-login.ts"
export { type BootWatch, BootWatchParameters, bootWatch } from "./actions/boot/wait-for-system.ts"
export { connectDevice, DeviceShell, deviceConsole, waitFor } from "./actions/connection.ts"
export { resetDevice } from "./actions/power/reset-device.ts"
export type { Console, Match } from "./core/console/console.ts"
export type { Pattern } from "./core/console/pattern.ts"
export type { CommandResult, Shell } from "./core/console/shell.ts"

// What an action may ask for while it runs, what it tells, and what it leaves to later ones.
export { Artifacts } from "./core/artifacts/artifacts.ts"
export { Connection, CurrentJob, type JobServices } from "./core/lab/services.ts"
export { DeviceServers } from "./core/net/servers.ts"
export { remainingSeconds } from "./core/pipeline/deadline.ts"
export { log, report } from "./core/pipeline/events.ts"
export { type DataKey, dataKey, findData, getData, setData } from "./core/pipeline/job-data.ts"
export { progressOf, type ReportProgress } from "./core/pipeline/progress.ts"
export { Power, type PowerPort } from "./core/power/power.ts"
