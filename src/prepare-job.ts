import { dirname, resolve } from "node:path"
import * as Effect from "effect/Effect"
import { consoleSecrets } from "./core/console/transport.ts"
import { type JobSource, type ReadJob, readJob } from "./core/job/definition.ts"
import { type JobNode, nodesOf } from "./core/job/nodes.ts"
import { secretsOf } from "./core/job/secrets.ts"
import type { JobDefinition } from "./core/job/v2/job.ts"
import { distinctDevices, matchingDevices, pluginIn } from "./core/lab/choose-device.ts"
import type { Device } from "./core/lab/device.ts"
import { isolate } from "./core/lab/isolation.ts"
import type { Lab } from "./core/lab/load-lab.ts"
import type { SegmentPlan } from "./core/net/segment/segment.ts"
import { BugError, ConfigurationError, isDispatchError } from "./core/pipeline/errors.ts"
import { problemAt } from "./core/source/document.ts"
import { InvalidFile } from "./core/source/invalid-file.ts"
import { renderPlainly, renderProblem } from "./core/source/problem.ts"
import { unavailableMethod, unavailableOn } from "./core/lab/unavailable-method.ts"
import { planJob } from "./plan-job.ts"
import type { PlannedJob, PlannedNode } from "./planned-job.ts"

/** A job that is settled: its definition, its devices and their plans. */
export interface ReadyJob {
  readonly definition: JobDefinition
  /** One, or in a job with roles one for each of its devices. */
  readonly nodes: PlannedJob["nodes"]
  /** The network segment that its devices have to themselves, where it asks for one. */
  readonly segment: SegmentPlan | undefined
  /** Relative paths in the job are relative to this directory. */
  readonly baseDirectory: string
  /** What a job in another format than LAVA's second has lost in its translation, a sentence each. */
  readonly warnings: ReadonlyArray<string>
  /** The values of the job and of its devices' consoles that must appear in no log. */
  readonly secrets: ReadonlyArray<string>
}

/** Where and on what a job is to run. */
export interface PrepareOptions {
  readonly lab: Lab
  /** The device to run on, instead of the one that the job asks for; not for a job with roles. */
  readonly device?: string
}

/**
 * Reads a job, finds its devices and plans it; touches nothing.
 *
 * Fails with ConfigurationError (an InvalidFile lists every mistake with its position).
 */
export const prepare = (
  source: JobSource,
  options: PrepareOptions,
): Effect.Effect<ReadyJob, ConfigurationError | BugError> =>
  Effect.flatMap(
    readJob(source, {
      methods: options.lab.methods,
      pluginOf: pluginIn(options.lab, options.device),
    }),
    (job) => prepareRead(job, directoryOf(source), options),
  )

/** Relative paths in a job are relative to its file, in a text or a value to the current directory. */
export const directoryOf = (source: JobSource): string =>
  typeof source === "string" ? dirname(resolve(source)) : process.cwd()

/**
 * As `prepare`, for a job that was read already.
 *
 * @param baseDirectory what its relative paths are relative to
 */
export const prepareRead = (
  job: ReadJob,
  baseDirectory: string,
  { lab, device: name }: PrepareOptions,
): Effect.Effect<ReadyJob, ConfigurationError | BugError> =>
  Effect.gen(function* () {
    const { definition } = job
    const parts = nodesOf(definition)
    const found = yield* name === undefined
      ? devicesFor(parts, job, lab)
      : givenDevice(name, parts, lab)
    yield* methodsAvailable(job, parts, found, lab)
    const { devices, segment } =
      definition.network === "isolated"
        ? yield* isolate(found)
        : { devices: found, segment: undefined }
    const [first, ...others] = yield* Effect.forEach(devices, (device, index) =>
      planNode(parts[index]!, device, lab, segment),
    )
    const consoles = devices.flatMap(({ console }) => (console ? consoleSecrets(console) : []))
    const secrets = [...secretsOf(definition), ...consoles]
    const lost = job.notes.filter(({ kind }) => kind === "lost").map(renderProblem)
    const warnings = [...job.warnings.map(renderPlainly), ...lost]
    return { definition, nodes: [first!, ...others], segment, baseDirectory, warnings, secrets }
  })

const givenDevice = (
  name: string,
  parts: ReadonlyArray<JobNode>,
  lab: Lab,
): Effect.Effect<ReadonlyArray<Device>, ConfigurationError> =>
  parts.some(({ role }) => role)
    ? Effect.fail(
        new ConfigurationError({
          message: `the job has roles, which cannot all be on ${name}: name each role's device in the job`,
        }),
      )
    : Effect.map(matchingDevices(lab, { device: name }), ([device]) => [device])

/** A device for each part of a job. Fails with InvalidFile, at what the job says of a device that there is not. */
const devicesFor = (
  parts: ReadonlyArray<JobNode>,
  { document }: ReadJob,
  lab: Lab,
): Effect.Effect<ReadonlyArray<Device>, InvalidFile> =>
  Effect.gen(function* () {
    const invalid = (path: ReadonlyArray<string>, message: string) =>
      new InvalidFile([problemAt(document, path, message)])
    const roles = ["protocols", "lava-multinode", "roles"]
    const candidates = yield* Effect.forEach(parts, ({ role, definition }) =>
      Effect.mapError(matchingDevices(lab, definition), ({ message }) =>
        invalid(
          [
            ...(role ? [...roles, role.role] : []),
            definition.device === undefined ? "device_type" : "device",
          ],
          message,
        ),
      ),
    )
    const devices = yield* distinctDevices(candidates)
    if (devices) return devices
    const known = [...new Set(candidates.flat())].map((device) => device.name).join(", ")
    return yield* invalid(
      roles,
      `expected ${parts.length} devices that suit the roles, found only ${known} (${lab.file})`,
    )
  })

/** Fails with InvalidFile where a device cannot do what the job asks of it, at the names of the methods. */
const methodsAvailable = (
  { definition, document }: ReadJob,
  parts: ReadonlyArray<JobNode>,
  devices: ReadonlyArray<Device>,
  lab: Lab,
): Effect.Effect<void, InvalidFile> => {
  const problems = definition.actions.flatMap((action, index) => {
    const unavailable =
      unavailableMethod(action, lab.plugins.values()) ??
      parts
        .map((part, node) =>
          part.definition.actions.includes(action)
            ? unavailableOn(action, devices[node]!, lab.plugins.get(devices[node]!.plugin)!)
            : undefined,
        )
        .find((each) => each !== undefined)
    return unavailable
      ? problemAt(document, ["actions", index, ...unavailable.path], unavailable.message)
      : []
  })
  return problems.length > 0 ? Effect.fail(new InvalidFile(problems)) : Effect.void
}

const planNode = (
  { role, definition }: JobNode,
  device: Device,
  lab: Lab,
  segment: SegmentPlan | undefined,
): Effect.Effect<PlannedNode, ConfigurationError | BugError> =>
  Effect.gen(function* () {
    const plugin = lab.plugins.get(device.plugin)
    if (!plugin) return yield* Effect.die(new Error(`the plugin ${device.plugin} is gone`))
    const plan = yield* Effect.try({
      try: () => planJob(definition, device, plugin, role, segment),
      catch: (error) =>
        isDispatchError(error) && error._tag === "ConfigurationError"
          ? error
          : new BugError({
              message: `the plugin ${plugin.name} cannot plan: ${String(error)}`,
              cause: error,
            }),
    })
    return { ...(role && { role }), device, plan, shared: plugin.shared ?? false }
  })
