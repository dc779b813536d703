import type { HostProgram } from "../host-program.ts"
import type { Action, Fallback, Retry } from "./action.ts"
import { ConfigurationError, type DispatchError } from "./errors.ts"
import type { DescribedAction } from "./events.ts"
import { commonNamespace } from "./job-data.ts"
import type * as Effect from "effect/Effect"

/** Time limits that a job block sets, in seconds. */
export interface BlockTimeouts {
  /** The block's own `timeout`. */
  readonly timeout?: number
  /** The block's `timeout.skip`: the job goes on when the block runs out of time. */
  readonly skip?: boolean
  /** The block's `timeouts`, by action name. */
  readonly actions?: Readonly<Record<string, number>>
}

/** Time limits that hold for the whole job, in seconds. */
export interface JobTimeouts {
  /** `timeouts.job` */
  readonly job: number
  /** `timeouts.action`: for blocks that set none. */
  readonly action?: number
  /** `timeouts.actions`, by action name. */
  readonly actions?: Readonly<Record<string, number>>
  /** The device's `timeouts.actions`, by action name. */
  readonly device?: Readonly<Record<string, number>>
  /** `timeouts.connection`: the longest wait for an answer of the device. */
  readonly connection?: number
  /** `timeouts.connections` of the device and over them those of the job, by action name. */
  readonly connections?: Readonly<Record<string, number>>
  /** Those of these names that the job itself sets. */
  readonly named?: ReadonlyArray<string>
}

/** One block of the job: the action that its method planned, and what the block says of time. */
export interface PlannedBlock<R> {
  readonly action: Action<R>
  readonly timeouts: BlockTimeouts
}

/** An action with its place and its time limit settled. */
export interface PlannedAction<R> {
  /** Place in the plan: "2.1.3". */
  readonly level: string
  readonly name: string
  readonly description: string
  /** The longest the action may take, all its tries included, in seconds. */
  readonly timeoutSeconds: number
  /** The longest that the device may take for an answer, in seconds, where the job or the device says it. */
  readonly connectionSeconds?: number
  readonly retry: Retry
  readonly always: boolean
  /** Runs only after a failure, which it then makes into these words. */
  readonly fallback?: Fallback
  /** The job goes on when this runs out of time. */
  readonly skipsTimeout?: true
  readonly namespace: string
  /** The namespace whose connection is used, where it is another one. */
  readonly connectionNamespace?: string
  readonly details: ReadonlyArray<string>
  readonly programs?: ReadonlyArray<HostProgram>
  readonly children: ReadonlyArray<PlannedAction<R>>
  readonly run?: Effect.Effect<void, DispatchError, R>
}

/** A job's whole tree, complete before anything is powered. */
export interface Plan<R> {
  readonly timeoutSeconds: number
  readonly blocks: ReadonlyArray<PlannedAction<R>>
  /** What the job says that means nothing on this device, a sentence each. */
  readonly warnings: ReadonlyArray<string>
}

/** LAVA's default for an action that nobody gave a limit. */
const defaultActionSeconds = 30

/**
 * Settles levels and time limits. For a block, weakest first: `timeouts.action`, the plugin's own figure,
 * the device's `timeouts.actions[name]`, the block's `timeout`, `timeouts.actions[name]`, the block's
 * `timeouts[name]`. A child gets its parent's share (the parent's limit divided by its tries), which the
 * plugin's or the device's figure may only shorten; the two by name replace it. A child never outlives
 * its parent (LAVA, "Timeouts"), but for a fallback: the failure may have taken all of its parent's time.
 *
 * Throws ConfigurationError where a limit is longer than the job's.
 */
export const makePlan = <R>(
  blocks: ReadonlyArray<PlannedBlock<R>>,
  limits: JobTimeouts,
): Plan<R> => {
  const settled = blocks.map((block, index) => settleBlock(block, index, limits))
  const names = new Set(allActions(settled).map(({ name }) => name))
  const limited = blocks.flatMap(({ timeouts }) => Object.keys(timeouts.actions ?? {}))
  const wanted = [...Object.keys(limits.actions ?? {}), ...limited, ...(limits.named ?? [])]
  return {
    timeoutSeconds: limits.job,
    blocks: settled,
    warnings: [
      ...[...new Set(wanted)]
        .filter((name) => !names.has(name))
        .map((name) => `the job sets a timeout for "${name}", but it has no action of this name`),
      ...new Set(
        blocks
          .filter((block) => !block.action.always)
          .filter(
            (block) => (wantedLimit(block, limits) ?? usualLimit(block, limits)) === undefined,
          )
          .map(
            ({ action }) =>
              `${action.name} has ${defaultActionSeconds} s, LAVA's default: give the job "timeouts.action", or the block a "timeout"`,
          ),
      ),
    ],
  }
}

/** The limit that the job has given this block. */
const wantedLimit = <R>(
  { action, timeouts }: PlannedBlock<R>,
  limits: JobTimeouts,
): number | undefined => byName(action.name, timeouts, limits) ?? timeouts.timeout

/** The limit that a block has where the job wants no other. */
const usualLimit = <R>({ action }: PlannedBlock<R>, limits: JobTimeouts): number | undefined =>
  limits.device?.[action.name] ?? action.timeoutSeconds ?? limits.action

const settleBlock = <R>(
  block: PlannedBlock<R>,
  index: number,
  limits: JobTimeouts,
): PlannedAction<R> => {
  const { action, timeouts } = block
  const wanted = wantedLimit(block, limits)
  if (wanted !== undefined && wanted > limits.job) {
    throw new ConfigurationError({
      message: `the timeout of ${action.name} (${wanted} s) is longer than the job's (${limits.job} s)`,
      action: action.name,
    })
  }
  const own = usualLimit(block, limits) ?? defaultActionSeconds
  // What always runs has its own time, also when the job has none left.
  const seconds = wanted ?? (action.always ? own : Math.min(own, limits.job))
  const planned = settle(action, String(index + 1), seconds, {}, timeouts, limits)
  return timeouts.skip ? { ...planned, skipsTimeout: true } : planned
}

const byName = (name: string, block: BlockTimeouts, limits: JobTimeouts): number | undefined =>
  block.actions?.[name] ?? limits.actions?.[name]

const settle = <R>(
  action: Action<R>,
  level: string,
  seconds: number,
  inherited: Pick<Action<R>, "namespace" | "connectionNamespace">,
  block: BlockTimeouts,
  limits: JobTimeouts,
): PlannedAction<R> => {
  const retry = action.retry ?? { attempts: 1, intervalSeconds: 0 }
  const { namespace = commonNamespace, connectionNamespace } = { ...inherited, ...action }
  const spaces = { namespace, ...(connectionNamespace !== undefined && { connectionNamespace }) }
  const share = seconds / retry.attempts
  const connection = limits.connections?.[action.name] ?? limits.connection
  return {
    level,
    name: action.name,
    description: action.description,
    timeoutSeconds: seconds,
    ...(connection !== undefined && { connectionSeconds: connection }),
    retry,
    always: action.always ?? false,
    ...(action.fallback && { fallback: action.fallback }),
    ...spaces,
    details: action.details ?? [],
    ...(action.programs && { programs: action.programs }),
    children: (action.children ?? []).map((child, index) => {
      const own = limits.device?.[child.name] ?? child.timeoutSeconds ?? share
      const wanted = byName(child.name, block, limits) ?? own
      const childSeconds = child.fallback ? wanted : Math.min(share, wanted)
      return settle(child, `${level}.${index + 1}`, childSeconds, spaces, block, limits)
    }),
    ...(action.run && { run: action.run }),
  }
}

/** Every action of a plan, parents before their children. */
export const allActions = <R>(actions: ReadonlyArray<PlannedAction<R>>): Array<PlannedAction<R>> =>
  actions.flatMap((each) => [each, ...allActions(each.children)])

/** The programs of this machine that a plan's actions run by their names. */
export const programsOf = <R>({ blocks }: Plan<R>): ReadonlyArray<HostProgram> =>
  allActions(blocks).flatMap(({ programs = [] }) => programs)

/** A plan in words: LAVA's description of a job. */
export const describeActions = <R>(
  actions: ReadonlyArray<PlannedAction<R>>,
): ReadonlyArray<DescribedAction> =>
  actions.map(({ level, name, description, timeoutSeconds, retry, children }) => ({
    level,
    name,
    description,
    timeoutSeconds,
    attempts: retry.attempts,
    children: describeActions(children),
  }))

/** The actions of a plan that run where nothing fails, parents before their children. */
export const usualActions = <R>(
  actions: ReadonlyArray<PlannedAction<R>>,
): Array<PlannedAction<R>> =>
  actions.flatMap((each) => (each.fallback ? [] : [each, ...usualActions(each.children)]))
