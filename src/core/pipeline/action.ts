import type * as Effect from "effect/Effect"
import type { HostProgram } from "../host-program.ts"
import type { DispatchError } from "./errors.ts"

/** How often an action may be tried and how long to wait in between. */
export interface Retry {
  /** Number of tries in all, at least 1. */
  readonly attempts: number
  /** Pause before each further try. */
  readonly intervalSeconds: number
}

/** What a fallback makes of its group's error, in the words of the device. */
export interface Fallback {
  /** What the failure of an earlier action means: "the deployed system did not come up". */
  readonly failed: string
  /** What it means that the fallback succeeded: "the board is back in its master image". */
  readonly restored: string
}

/**
 * One step of a job, or a group of steps: a value, so that a plan can be shown before anything is
 * powered. `R` is what its Effect needs from the context.
 */
export interface Action<R = never> {
  /** LAVA's name where LAVA has one: people write it in `timeouts.actions`. */
  readonly name: string
  /** One line for `dispatch plan` and the terminal view: what it does, with what. */
  readonly description: string
  /** The longest this may take, in seconds; the job and the lab may set another. */
  readonly timeoutSeconds?: number
  readonly retry?: Retry
  /** Runs even when an earlier action of the same group failed. */
  readonly always?: boolean
  /** Runs only when an earlier action of the same group failed. */
  readonly fallback?: Fallback
  /** The namespace whose data this action and its children see. */
  readonly namespace?: string
  /** The namespace whose connection this action and its children use, where it is not their own. */
  readonly connectionNamespace?: string
  /** What will be typed, fetched or run, a line each, for `dispatch plan`. */
  readonly details?: ReadonlyArray<string>
  /** Programs of this machine that it runs by their names: they must be there before the job begins. */
  readonly programs?: ReadonlyArray<HostProgram>
  readonly children?: ReadonlyArray<Action<R>>
  readonly run?: Effect.Effect<void, DispatchError, R>
}

/** A single step. */
export const action = <R>(
  spec: Omit<Action<R>, "children" | "run"> & {
    readonly run: Effect.Effect<void, DispatchError, R>
  },
): Action<R> => spec

/** Runs actions one after the other; the first failure ends the group. */
export const sequence = <R>(
  name: string,
  description: string,
  children: ReadonlyArray<Action<R>>,
): Action<R> => ({ name, description, children })

/**
 * Tries the action again when it fails with an error that a retry may cure (see `isRetryable`). Its time limit is for
 * all tries together, each gets its share.
 *
 * @param attempts tries in all
 * @param intervalSeconds pause before each further try
 */
export const retry = <R>(
  attempts: number,
  of: Action<R>,
  intervalSeconds: number = 1,
): Action<R> => ({ ...of, retry: { attempts, intervalSeconds } })

/** Gives the action this much time unless the job or the lab says otherwise. */
export const withTimeout = <R>(seconds: number, of: Action<R>): Action<R> => ({
  ...of,
  timeoutSeconds: seconds,
})

/** Runs the action even when an earlier one of its group failed. */
export const always = <R>(of: Action<R>): Action<R> => ({ ...of, always: true })

/**
 * Brings the device back when an earlier action of the group failed, in time of its own. It also tells whose fault that
 * was: the job's (JobError) where the device came back, the lab's (InfrastructureError) where it did not.
 */
export const fallback = <R>(words: Fallback, of: Action<R>): Action<R> => ({
  ...of,
  fallback: words,
})
