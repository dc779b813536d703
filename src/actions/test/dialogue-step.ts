import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Pattern } from "../../core/console/pattern.ts"
import type { Dialogue, DialogueStep } from "../../core/job/v2/test/interactive.ts"
import type { JobServices } from "../../core/lab/services.ts"
import {
  type DispatchError,
  errorType,
  InfrastructureError,
  JobError,
  TestError,
} from "../../core/pipeline/errors.ts"
import { Events, report } from "../../core/pipeline/events.ts"
import { findData } from "../../core/pipeline/job-data.ts"
import { type AtBootLoader, BootLoaderPrompt, deviceConsole, waitFor } from "../connection.ts"
import { asTestError } from "./as-test-error.ts"

/** What the named groups of messages have matched in a dialogue: a later command has it for {name}. */
export type Variables = Map<string, string>

/** What came of a step: why it failed, and what that is to end the job with. */
interface Outcome {
  readonly failure?: string
  readonly error?: DispatchError
}

/**
 * Does one step of a dialogue: types its command, waits for one of its messages or the prompt, and reports its test
 * case. Fails with the error that a failure of the step is to end the job with; with TestError where a step without a
 * name fails, and where nothing of what was awaited comes.
 */
export const runStep = (
  step: DialogueStep,
  dialogue: Dialogue,
  suite: string,
  variables: Variables,
): Effect.Effect<void, DispatchError, JobServices> => {
  const { delay, name } = step
  if (delay !== undefined) return Effect.sleep(delay * 1000)
  const done = talk(step, dialogue, variables).pipe(
    Effect.mapError(asTestError),
    Effect.catch((error) => Effect.succeed<Outcome>({ failure: error.message, error })),
  )
  return Effect.gen(function* () {
    const start = yield* Clock.currentTimeMillis
    const { failure, error } = yield* name === undefined ? done : marked(done, suite, name)
    if (name !== undefined) {
      yield* report({
        suite,
        case: name,
        result: failure === undefined ? "pass" : "fail",
        durationSeconds: ((yield* Clock.currentTimeMillis) - start) / 1000,
        ...(failure !== undefined && {
          errorMessage: failure,
          errorType: error ? errorType(error) : "Test",
        }),
      })
    }
    if (error) return yield* error
    if (failure !== undefined && name === undefined) {
      return yield* new TestError({ message: `${shown(step)} failed: ${failure}` })
    }
  })
}

/** Marks what the console says meanwhile as the test case's. */
const marked = <A>(
  work: Effect.Effect<A, never, JobServices>,
  suite: string,
  name: string,
): Effect.Effect<A, never, JobServices> =>
  Effect.gen(function* () {
    const { emit } = yield* Events
    emit({ type: "case-marker", edge: "start", suite, case: name })
    const answer = yield* work
    emit({ type: "case-marker", edge: "end", suite, case: name })
    return answer
  })

/** The classes by which a failure may end the job. */
const errors = { InfrastructureError, JobError, TestError }

const talk = (
  step: DialogueStep,
  { prompts, echo }: Dialogue,
  variables: Variables,
): Effect.Effect<Outcome, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const { command, successes = [], failures = [] } = step
    const loader = yield* findData(BootLoaderPrompt)
    if (typeof command === "string") {
      yield* typeCommand(withVariables(command, variables), loader, echo)
    }
    const atPrompt = patternsOf("prompt", prompts)
    // A boot loader's banner may be what `version` prints; what it prints when it can be stopped is no answer.
    const expect = (what: string, patterns: ReadonlyArray<Pattern>) =>
      waitFor(
        what,
        [...patterns, ...(loader?.startMessage ? patternsOf("reset", [loader.startMessage]) : [])],
        { allowReset: loader !== undefined, isAnswer: true },
      ).pipe(
        Effect.tap(({ name, text }) =>
          name === "reset" ? new TestError({ message: wasReset(step, text) }) : Effect.void,
        ),
      )
    const found = yield* expect(`an answer to ${shown(step)}`, [
      ...failures.map(({ message }, index) => ({
        name: `failure ${index}`,
        pattern: new RegExp(message),
      })),
      ...patternsOf(
        "success",
        successes.map(({ message }) => message),
      ),
      ...atPrompt,
    ])
    for (const [name, value] of Object.entries(found.named)) {
      if (value !== undefined) variables.set(name, value)
    }
    if (found.name === "prompt") {
      if (successes.length === 0) return {}
      const wanted = successes.map(({ message }) => `"${message}"`).join(" or ")
      return { failure: `the prompt came back without ${wanted}` }
    }
    const failed = failures.find((_, index) => found.name === `failure ${index}`)
    const failure = failed && (failed.error ?? `the console shows "${found.text.trim()}"`)
    if (failed?.exception && failure !== undefined) {
      return { failure, error: new errors[failed.exception]({ message: failure }) }
    }
    if (step.wait_for_prompt) yield* expect(`the prompt after ${shown(step)}`, atPrompt)
    return failure === undefined ? {} : { failure }
  })

const typeCommand = (
  command: string,
  loader: AtBootLoader | undefined,
  echo: Dialogue["echo"],
): Effect.Effect<void, DispatchError, JobServices> =>
  Effect.gen(function* () {
    if (loader) return yield* loader.prompt.start(command)
    const console = yield* deviceConsole
    yield* console.sendLine(command)
    if (echo !== "discard") return
    yield* waitFor(`the echo of "${command}"`, [{ name: "echo", pattern: command }])
  })

const withVariables = (command: string, variables: Variables): string =>
  command.replace(/(?<!\$)\{(\w+)\}/g, (whole, name: string) => variables.get(name) ?? whole)

const patternsOf = (name: string, sources: ReadonlyArray<string>): ReadonlyArray<Pattern> =>
  sources.map((source) => ({ name, pattern: new RegExp(source) }))

const shown = ({ name, command }: DialogueStep): string =>
  command ? `"${command}"` : (name ?? "the Enter key")

const wasReset = (step: DialogueStep, text: string): string =>
  `the device was reset while waiting for an answer to ${shown(step)}: "${text.trim()}"`
