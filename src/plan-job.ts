import * as Effect from "effect/Effect"
import { match, P } from "ts-pattern"
import { overlayUnpack } from "./actions/boot/overlay-unpack.ts"
import { finalize } from "./actions/power/finalize.ts"
import { restoreFirmware } from "./actions/power/restore-firmware.ts"
import { userCommand } from "./actions/command.ts"
import { isolateDevice } from "./actions/network/isolate-device.ts"
import { interactiveTest } from "./actions/test/interactive.ts"
import { lavaTestShell } from "./actions/test/lava-test-shell.ts"
import { monitorTest } from "./actions/test/monitor.ts"
import { transferFile } from "./actions/transfer/transfer-file.ts"
import { CurrentCharacterDelay } from "./core/console/console.ts"
import { secondsByName } from "./core/job/duration.ts"
import type { NodeRole } from "./core/job/nodes.ts"
import type { Blocks, JobAction, JobDefinition } from "./core/job/v2/job.ts"
import type { Device } from "./core/lab/device.ts"
import type { DevicePlugin, Planner } from "./core/lab/plugin.ts"
import type { JobServices } from "./core/lab/services.ts"
import { unavailableOn } from "./core/lab/unavailable-method.ts"
import type { SegmentPlan } from "./core/net/segment/segment.ts"
import { type Action, sequence } from "./core/pipeline/action.ts"
import { ConfigurationError } from "./core/pipeline/errors.ts"
import { type BlockTimeouts, makePlan, type Plan, type PlannedBlock } from "./core/pipeline/plan.ts"

/**
 * The whole plan of a job on a device, before anything is powered. Of a job with roles, `asked` is the part of this
 * device, which is `role`.
 *
 * @param segment the network segment that the job has to itself, where it asks for one
 *
 * Throws ConfigurationError where the device cannot do what the job asks.
 */
export const planJob = (
  asked: JobDefinition,
  device: Device,
  plugin: DevicePlugin,
  role?: NodeRole,
  segment?: SegmentPlan,
): Plan<JobServices> => {
  const job = { ...asked, context: { ...plugin.context?.(device.parameters), ...asked.context } }
  let stage = 0
  const blocks = job.actions.flatMap((each): ReadonlyArray<PlannedBlock<JobServices>> => {
    const { block, action } = planBlock(each, device, plugin, {
      job,
      role,
      nextStage: () => stage++,
      stages: () => stage,
    })
    const connectionNamespace = block["connection-namespace"]
    const planned = {
      action: {
        ...typedAt(characterDelay(each, device, job), action),
        ...(block.namespace !== undefined && { namespace: block.namespace }),
        ...(connectionNamespace !== undefined && { connectionNamespace }),
        ...(block.failure_retry !== undefined && {
          retry: {
            attempts: block.failure_retry,
            intervalSeconds: block.failure_retry_interval ?? 1,
          },
        }),
      },
      timeouts: timeoutsOf(block),
    }
    return Array.from({ length: block.repeat ?? 1 }, () => planned)
  })
  const { timeouts } = job
  const network = segment ? [{ action: isolateDevice(device, segment), timeouts: {} }] : []
  const isFlashed =
    device.flasher?.restore.length !== 0 &&
    job.actions.some((each) => "deploy" in each && each.deploy.to === "flasher")
  const ending = [...(isFlashed ? [restoreFirmware(device)] : []), finalize(device)]
  return makePlan([...network, ...blocks, ...ending.map((action) => ({ action, timeouts: {} }))], {
    job: timeouts.job.seconds,
    ...(timeouts.action && { action: timeouts.action.seconds }),
    ...(timeouts.actions && { actions: secondsByName(timeouts.actions) }),
    device: device.timeouts,
    ...(timeouts.connection && { connection: timeouts.connection.seconds }),
    named: Object.keys(timeouts.connections ?? {}),
    connections: { ...device.connectionTimeouts, ...secondsByName(timeouts.connections) },
  })
}

/** What a block is part of. */
interface Part {
  readonly job: JobDefinition
  readonly role: NodeRole | undefined
  /** Counts the test blocks with definitions. */
  readonly nextStage: () => number
  /** How many of these there were before. */
  readonly stages: () => number
}

type AnyBlock = Blocks[keyof Blocks]

const planBlock = (
  job: JobAction,
  device: Device,
  plugin: DevicePlugin,
  { job: definition, role, nextStage, stages }: Part,
): { readonly block: AnyBlock; readonly action: Action<JobServices> } => {
  const planned = <Block extends AnyBlock>(
    kind: "deploy" | "boot",
    name: string,
    block: Block,
  ): { readonly block: Block; readonly action: Action<JobServices> } => {
    // The schema has tied the block to its name; the table ties the name to the planner.
    const table = (plugin[kind] ?? {}) as Readonly<Record<string, Planner<Block, unknown>>>
    const planner = table[name]
    if (!planner) throw new Error(`no planner for ${kind} by ${name}`)
    return { block, action: planner(block, device, definition) }
  }
  const cannot = unavailableOn(job, device, plugin)
  if (cannot) throw new ConfigurationError({ message: cannot.message, device: device.name })
  return match(job)
    .with({ deploy: P.select() }, (block) => planned("deploy", block.to, block))
    .with({ boot: P.select() }, (block) => {
      const { action } = planned("boot", block.method, block)
      return { block, action: followedBy(overlayUnpack(block, definition), action) }
    })
    .with({ test: P.select({ interactive: P.array() }) }, (block) => ({
      block,
      action: interactiveTest(block, stages()),
    }))
    .with({ test: P.select({ monitors: P.array() }) }, (block) => ({
      block,
      action: monitorTest(block),
    }))
    .with({ test: P.select({ definitions: P.array() }) }, (block) => ({
      block,
      action: plugin.test
        ? plugin.test(block, device, definition, nextStage())
        : lavaTestShell(definition, block, nextStage()),
    }))
    .with({ test: { services: P.array() } }, () => {
      throw new Error("no device has tests of this kind")
    })
    .with({ command: P.select() }, (block) => ({ block, action: userCommand(block, device) }))
    .with({ transfer: P.select() }, (block) => ({
      block,
      action: transferFile(block, definition, role!),
    }))
    .exhaustive()
}

/** A block's action with further ones behind what it does. */
const followedBy = (
  more: ReadonlyArray<Action<JobServices>>,
  action: Action<JobServices>,
): Action<JobServices> => {
  if (more.length === 0) return action
  const { name, description, children } = action
  return children
    ? { ...action, children: [...children, ...more] }
    : sequence(name, description, [action, ...more])
}

/** How slowly is typed in a block, in ms between characters, where the job or the device says it for its kind. */
const characterDelay = (
  each: JobAction,
  { characterDelays }: Device,
  { context }: JobDefinition,
): number | undefined =>
  match(each)
    .with({ deploy: P._ }, () => characterDelays.deploy)
    .with({ boot: P._ }, () => context?.boot_character_delay ?? characterDelays.boot)
    .with({ test: P._ }, () => context?.test_character_delay ?? characterDelays.test)
    .with(P.union({ command: P._ }, { transfer: P._ }), () => undefined)
    .exhaustive()

const typedAt = (delay: number | undefined, action: Action<JobServices>): Action<JobServices> =>
  delay === undefined
    ? action
    : {
        ...action,
        ...(action.run && { run: Effect.provideService(action.run, CurrentCharacterDelay, delay) }),
        ...(action.children && {
          children: action.children.map((child) => typedAt(delay, child)),
        }),
      }

const timeoutsOf = (block: AnyBlock): BlockTimeouts => ({
  ...(block.timeout && { timeout: block.timeout.seconds, skip: block.timeout.skip }),
  ...(block.timeouts && { actions: secondsByName(block.timeouts) }),
})
