import type * as z from "zod"
import type { Blocks, JobDefinition } from "../job/v2/job.ts"
import type { Action } from "../pipeline/action.ts"
import type { Device } from "./device.ts"
import type { JobServices } from "./services.ts"

/**
 * Turns one block of a job into the actions that do it. It decides from the block and the device alone and
 * touches nothing: the plan is complete before anything is powered. Throws ConfigurationError where the
 * device cannot do what the block asks.
 */
export type Planner<Block, P> = (
  block: Block,
  device: Device<P>,
  job: JobDefinition,
) => Action<JobServices>

type DeployBlock = Blocks["deploy"]
type BootBlock = Blocks["boot"]

/** A kind of device: a table from what a job may ask for to the actions that do it. */
export interface DevicePlugin<P = unknown> {
  /** The name that device types give as `plugin`. */
  readonly name: string
  /** What a device type and a device may set in `parameters`. */
  readonly parameters: z.ZodType<P>
  /** By the job's `deploy.to`. */
  readonly deploy?: {
    readonly [To in DeployBlock["to"]]?: Planner<Extract<DeployBlock, { to: To }>, P>
  }
  /** By the job's `boot.method`. */
  readonly boot?: {
    readonly [Method in BootBlock["method"]]?: Planner<Extract<BootBlock, { method: Method }>, P>
  }
}

/**
 * Defines a device plugin; it only checks the types. The default export of a file or a package that a lab file
 * names under `plugins`:
 *
 * ```ts
 * export default defineDevicePlugin({
 *   name: "my-board",
 *   parameters: z.strictObject({ ...BootWatchParameters }),
 *   boot: {
 *     minimal: (boot, device) =>
 *       sequence("my-boot", `boot ${device.name}`, [
 *         connectDevice(),
 *         resetDevice(device),
 *         autoLogin(boot, bootWatch(device.parameters)),
 *       ]),
 *   },
 * })
 * ```
 */
export const defineDevicePlugin = <P>(plugin: DevicePlugin<P>): DevicePlugin<P> => plugin
