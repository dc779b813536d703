import type * as z from "zod"
import type { MethodTable } from "../job/v2/block.ts"
import type { Blocks, JobDefinition, NamedBlock } from "../job/v2/job.ts"
import type { builtInMethods } from "../job/v2/methods.ts"
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

/** Methods of jobs that a plugin brings, each with the schema of its own keys. */
export interface PluginMethods {
  /** By the job's `deploy.to`. */
  readonly deploy?: MethodTable
  /** By the job's `boot.method`. */
  readonly boot?: MethodTable
}

/** A plugin brings no methods of its own. */
export interface NoMethods {
  readonly deploy?: never
  readonly boot?: never
}

type BuiltIn = typeof builtInMethods

type OwnTable<M extends PluginMethods, Kind extends keyof PluginMethods> =
  M extends Readonly<Record<Kind, infer Table extends MethodTable>> ? Table : BuiltIn[Kind]

/** The methods of jobs for a plugin with methods of its own. */
type TableFor<M extends PluginMethods, Kind extends keyof PluginMethods> = BuiltIn[Kind] &
  OwnTable<M, Kind>

/** As a Planner, for a `test` of the job with `definitions`. `stage` counts them, from 0: the overlay has a directory for each. */
export type TestPlanner<P> = (
  block: Extract<Blocks["test"], { definitions: unknown }>,
  device: Device<P>,
  job: JobDefinition,
  stage: number,
) => Action<JobServices>

/** A kind of device: a table from what a job may ask for to the actions that do it. */
export interface DevicePlugin<P = unknown, M extends PluginMethods = NoMethods> {
  /** The name that device types give as `plugin`. */
  readonly name: string
  /** What a device type and a device may set in `parameters`. */
  readonly parameters: z.ZodType<P>
  /** Methods that jobs may name beside the built-in ones, in labs that have this plugin. */
  readonly methods?: M
  /** By the job's `deploy.to`. */
  readonly deploy?: {
    readonly [To in keyof TableFor<M, "deploy"> & string]?: Planner<
      NamedBlock<TableFor<M, "deploy">, "to", To>,
      P
    >
  }
  /** By the job's `boot.method`. */
  readonly boot?: {
    readonly [Method in keyof TableFor<M, "boot"> & string]?: Planner<
      NamedBlock<TableFor<M, "boot">, "method", Method>,
      P
    >
  }
  /** How test definitions are run, where not in a shell on the device's console, which then cannot be talked to. */
  readonly test?: TestPlanner<P>
  /** Values for the job's `context` where the job sets none, by the device's parameters. */
  readonly context?: (parameters: P) => JobDefinition["context"]
  /** Jobs do not wait for one another to have the device: they queue where the device fetches them. */
  readonly shared?: boolean
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
 *
 * What jobs ask for in words of its own stands in `methods`, before the planners, which get what the schema reads:
 *
 * ```ts
 * methods: { boot: { "usb-flash": z.strictObject({ image: Artifact, ...bootKeys }) } },
 * boot: { "usb-flash": (boot, device) => flashAndBoot(boot.image, device) },
 * ```
 */
export const defineDevicePlugin = <P, const M extends PluginMethods = NoMethods>(
  plugin: DevicePlugin<P, M>,
): DevicePlugin<P, M> => plugin
