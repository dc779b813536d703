import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { missingPrograms } from "../host-program.ts"
import { CurrentBreakdown } from "./breakdown.ts"
import { CurrentConnectionLimit, CurrentDeadline, remainingSeconds } from "./deadline.ts"
import {
  BugError,
  CanceledError,
  type DispatchError,
  followedBy,
  InfrastructureError,
  isRetryable,
  JobError,
  withDetails,
  messageOf,
} from "./errors.ts"
import { Events, log } from "./events.ts"
import { errorOf, fallBack } from "./fallback.ts"
import { CurrentConnectionNamespace, CurrentNamespace, type JobData } from "./job-data.ts"
import { actionResult } from "./part.ts"
import { type Plan, type PlannedAction, programsOf } from "./plan.ts"
import { CurrentLevel } from "./progress.ts"

/** What every action has, whatever the device. */
export type PipelineServices = Events | JobData

/** A wait inside an action ends this much before the action itself, since it knows better what to say. */
const graceSeconds = 0.5

/**
 * Runs a plan: block after block, until one fails. Each action is announced, timed and reported in the
 * job's events; whatever it fails with carries the action's name. An unexpected exception becomes a
 * BugError. Interrupting the Effect cancels the job.
 *
 * @param onFailure is told at once what a block failed with, before what always runs
 */
export const runPlan = <R>(
  plan: Plan<R>,
  onFailure?: (error: DispatchError) => void,
): Effect.Effect<void, DispatchError, R | PipelineServices> =>
  Effect.gen(function* () {
    const start = yield* Clock.currentTimeMillis
    for (const warning of plan.warnings) yield* log("warning", warning)
    const missing = missingPrograms(programsOf(plan))
    if (missing.length > 0) {
      return yield* new InfrastructureError({ message: missing.join("; ") })
    }
    yield* runAll(plan.blocks, onFailure).pipe(
      Effect.provideService(CurrentDeadline, start + plan.timeoutSeconds * 1000),
      Effect.provideService(CurrentBreakdown, yield* Deferred.make<never, DispatchError>()),
    )
  })

/**
 * Runs siblings in order; after a failure or a cancellation only those that always run. These run in a
 * fiber of their own, which the cancellation does not reach, so that their own time limits still hold.
 */
const runAll = <R>(
  actions: ReadonlyArray<PlannedAction<R>>,
  onFailure?: (error: DispatchError) => void,
): Effect.Effect<void, DispatchError, R | PipelineServices> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      let outcome: Exit.Exit<void, DispatchError> = Exit.void
      for (const each of actions) {
        if (each.always) {
          const ended = yield* Fiber.await(yield* Effect.forkDetach(runAction(each)))
          outcome = bothOf(outcome, ended)
        } else if (each.fallback) {
          outcome = yield* fallBack(
            each,
            each.fallback,
            outcome,
            Effect.exit(restore(runAction(each))),
          )
        } else if (Exit.isSuccess(outcome)) {
          outcome = yield* Effect.exit(restore(runAction(each)))
          if (each.skipsTimeout && timedOut(outcome)) {
            yield* log(
              "warning",
              `${each.name} ran out of time; the job goes on, as it says (skip)`,
            )
            outcome = Exit.void
          }
          if (Exit.isFailure(outcome)) onFailure?.(asError(outcome.cause))
        }
      }
      return yield* outcome
    }),
  )

/** What came of a group: its first failure, and what failed of that which runs all the same. */
const bothOf = (
  first: Exit.Exit<void, DispatchError>,
  last: Exit.Exit<void, DispatchError>,
): Exit.Exit<void, DispatchError> => {
  if (Exit.isSuccess(first)) return last
  if (Exit.isSuccess(last)) return first
  return Exit.fail(followedBy(asError(first.cause), asError(last.cause)))
}

const timedOut = (exit: Exit.Exit<void, DispatchError>): boolean => errorOf(exit)?.timedOut === true

/** What runs though others have failed also runs when these have used up the group's time, or the job's. */
const hasOwnTime = <R>({ always, fallback }: PlannedAction<R>): boolean => always || !!fallback

const runAction = <R>(
  planned: PlannedAction<R>,
): Effect.Effect<void, DispatchError, R | PipelineServices> =>
  Effect.gen(function* () {
    const { attempts, intervalSeconds } = planned.retry
    for (let attempt = 1; ; attempt++) {
      const exit = yield* Effect.exit(runAttempt(planned, attempt))
      if (Exit.isSuccess(exit)) return
      const error = errorOf(exit)
      if (attempt >= attempts || error === undefined || !isRetryable(error)) return yield* exit
      if ((yield* remainingSeconds) <= intervalSeconds && !hasOwnTime(planned)) return yield* exit
      const { emit } = yield* Events
      emit({
        type: "log",
        level: "warning",
        message: `${planned.name} failed (try ${attempt} of ${attempts}), trying again in ${intervalSeconds} s: ${error.message}`,
        namespace: planned.namespace,
      })
      yield* Effect.sleep(intervalSeconds * 1000)
    }
  }).pipe(
    Effect.provideService(CurrentNamespace, planned.namespace),
    Effect.provideService(CurrentConnectionNamespace, planned.connectionNamespace),
    Effect.provideService(CurrentLevel, planned.level),
    Effect.provideService(CurrentConnectionLimit, planned.connectionSeconds),
  )

const runAttempt = <R>(
  planned: PlannedAction<R>,
  attempt: number,
): Effect.Effect<void, DispatchError, R | PipelineServices> =>
  Effect.gen(function* () {
    const { emit } = yield* Events
    const outer = yield* CurrentDeadline
    const start = yield* Clock.currentTimeMillis
    const { attempts } = planned.retry
    const { level, name, description, namespace } = planned
    const share = planned.timeoutSeconds / attempts
    const seconds = hasOwnTime(planned)
      ? share
      : Math.max(0, Math.min(share, (outer - start) / 1000))
    emit({
      type: "action-started",
      level,
      name,
      description,
      timeoutSeconds: seconds,
      attempt,
      namespace,
    })
    const work = planned.run
      ? withinTime(unlessBroken(planned.run, planned), planned, seconds, seconds < share)
      : runAll(planned.children)
    return yield* work.pipe(
      Effect.provideService(CurrentDeadline, start + seconds * 1000),
      Effect.catchCause((cause) => Effect.failCause(explained(cause, name))),
      Effect.onExit((exit) =>
        Effect.gen(function* () {
          const end = yield* Clock.currentTimeMillis
          const error = errorOf(exit)
          const final = Exit.isSuccess(exit) || !error || attempt >= attempts || !isRetryable(error)
          const durationSeconds = (end - start) / 1000
          emit({
            type: "action-ended",
            level,
            name,
            durationSeconds,
            outcome: Exit.isSuccess(exit) ? "pass" : error ? "fail" : "canceled",
            final,
            attempt,
            namespace,
            ...(error && { error }),
          })
          if (error && final)
            emit(actionResult({ case: name, level, namespace, durationSeconds }, error))
        }),
      ),
    )
  })

/** What always runs gives back what there is, broken or not. */
const unlessBroken = <R>(
  work: Effect.Effect<void, DispatchError, R>,
  { always }: PlannedAction<R>,
): Effect.Effect<void, DispatchError, R> =>
  always
    ? work
    : Effect.flatMap(CurrentBreakdown, (breakdown) =>
        Effect.raceFirst(work, Deferred.await(breakdown)),
      )

/** Only single steps are timed: a group ends with its children, none of which outlives it. */
const withinTime = <R>(
  work: Effect.Effect<void, DispatchError, R>,
  { name, description }: PlannedAction<R>,
  seconds: number,
  shortened: boolean,
): Effect.Effect<void, DispatchError, R> =>
  Effect.timeoutOrElse(work, {
    duration: (seconds + graceSeconds) * 1000,
    orElse: () =>
      Effect.fail(
        new JobError({
          message: `${name} did not finish within ${Number(seconds.toFixed(1))} s${shortened ? ", all that its group or the job had left" : ""}: ${description}`,
        }),
      ),
  }).pipe(
    Effect.catch((error) =>
      Effect.flatMap(remainingSeconds, (left) =>
        // A timer may be early by a millisecond.
        Effect.fail(left < 0.01 ? withDetails(error, { timedOut: true }) : error),
      ),
    ),
  )

/** A failure with the action's name; an exception as the bug it is; a cancellation as it was. */
const explained = (
  cause: Cause.Cause<DispatchError>,
  action: string,
): Cause.Cause<DispatchError> => {
  const error = Option.getOrUndefined(Cause.findErrorOption(cause))
  if (error) return Cause.fail(withDetails(error, { action }))
  return Cause.hasDies(cause) ? Cause.fail(asError(cause)) : cause
}

/** The one error that a failed run stands for: its failure, a bug, or the cancellation. */
export const asError = (cause: Cause.Cause<DispatchError>): DispatchError => {
  const error = Option.getOrUndefined(Cause.findErrorOption(cause))
  if (error) return error
  if (Cause.hasInterruptsOnly(cause)) return new CanceledError({ message: "the job was canceled" })
  const defect = Cause.squash(cause)
  return new BugError({
    message: `a mistake in the dispatcher or a plugin: ${messageOf(defect)}`,
    cause: defect,
  })
}
