import * as Effect from "effect/Effect"
import { CurrentConnectionLimit, remainingSeconds } from "../pipeline/deadline.ts"
import { InfrastructureError, JobError } from "../pipeline/errors.ts"
import { shorten } from "../shorten.ts"
import type { Console } from "./console.ts"
import { markedPrompt, promptStatus } from "./marked-prompt.ts"
import type { Pattern } from "./pattern.ts"
import { patternSearch, type Search } from "./search.ts"
import { typableLines } from "./typable-lines.ts"
import { lineTyper, pressEnter, pressUntil } from "./typing.ts"

/** How a command ended. */
export interface CommandResult {
  readonly status: number
  /** What it wrote, without its echo and without line ends behind; of much the last 1 Mi characters. */
  readonly output: string
}

/** How one command is run: `Shell.run` and `check`. */
export interface CommandOptions {
  /** How long the command may take; the rest of the running action's time when not given. */
  readonly timeoutSeconds?: number
  /** A kernel panic does not end the wait for the command's end. */
  readonly allowPanic?: boolean
}

type Run<A> = Effect.Effect<A, InfrastructureError | JobError>

/**
 * A POSIX shell at its prompt on a console. One command at a time; not one that leaves another shell
 * behind (`su`, `chroot /mnt`): for that, start it, wait for its prompt and make a shell of its own.
 */
export interface Shell {
  /**
   * Runs a command, of any length and with any characters in it, as if it were typed. Fails with
   * JobError when it does not end in time, and as a wait on the console does.
   */
  readonly run: (command: string, options?: CommandOptions) => Run<CommandResult>
  /** Runs a command that must succeed: fails with JobError when its status is not 0. */
  readonly check: (command: string, options?: CommandOptions) => Run<CommandResult>
  /** Starts a command that does not come back to the prompt, as `reboot`. */
  readonly start: (command: string) => Run<void>
  /** Gives the shell its own prompt back, for who talks to it in other ways; the next command takes it again. */
  readonly release: Run<void>
}

const outputLimit = 1024 * 1024
/** How much of a command stands in messages, in characters. */
const longestShown = 120
/** A shell that gives no prompt within this time after a simple command does not listen, unless the job says more. */
const usualPromptSeconds = 10

/** No wrapped lines; and in bash no history that `!` would call up, and fewer escape sequences. */
const setUp = `stty cols 500 rows 50 2>/dev/null; [ -z "$BASH_VERSION" ] || { set +H; bind 'set enable-bracketed-paste off'; }`

/**
 * Makes the shell, at whose prompt the console is, ready for commands. Works with busybox ash, dash
 * and bash. Its prompt is replaced by one that tells each command's exit status. The echo stays on:
 * it is the proof that a command arrived whole. Its lines are made wide, since editors that wrap
 * write more than was typed (a wrapped echo is understood all the same).
 *
 * Fails with InfrastructureError or JobError when there is no shell that answers.
 * @param prompts what the shell's prompt looks like until then
 */
export const makeShell = (console: Console, prompts: ReadonlyArray<Pattern>): Run<Shell> =>
  Effect.gen(function* () {
    const promptSeconds = (yield* CurrentConnectionLimit) ?? usualPromptSeconds
    const { ps1, search } = markedPrompt()
    const prompt = (what: string, timeoutSeconds: number, allowPanic = false) =>
      console.waitFor(search, { what, timeoutSeconds, textLimit: outputLimit, allowPanic }).pipe(
        Effect.map(({ before, named }) => ({
          status: promptStatus(named),
          output: before.replace(/\n+$/, ""),
        })),
      )
    const interrupted = (wanted: Search): Run<void> =>
      Effect.andThen(
        console.drain({ quietMs: 50, timeoutSeconds: 1 }),
        pressUntil(console, "\x03", wanted, "the shell's prompt after Ctrl-C"),
      )
    const typeLine = lineTyper(console)

    const ownPrompt = patternSearch(prompts)
    const takePrompt = Effect.gen(function* () {
      yield* typeLine(
        `_ps1=$PS1; PS1='${ps1}' PS2='> '; unset PROMPT_COMMAND`,
        interrupted(ownPrompt),
      )
      yield* pressEnter(console)
      yield* prompt("the shell's new prompt", promptSeconds)
    })
    yield* takePrompt

    let atPrompt = true
    let released = false
    const typeAndEnter = (line: string): Run<void> =>
      Effect.gen(function* () {
        if (released) yield* takePrompt
        released = false
        if (!atPrompt) yield* interrupted(search)
        atPrompt = false
        yield* typeLine(line, interrupted(search))
        yield* pressEnter(console)
      })
    const runLine = (
      line: string,
      what: string,
      timeoutSeconds: number,
      allowPanic?: boolean,
    ): Run<CommandResult> =>
      Effect.gen(function* () {
        yield* typeAndEnter(line)
        const result = yield* prompt(what, timeoutSeconds, allowPanic)
        atPrompt = true
        return result
      })

    yield* runLine(setUp, `the shell's prompt after "${setUp}"`, promptSeconds)

    /** Brings all but the last of the lines that a command is typed in to the shell. */
    const prepare = (command: string): Run<string> =>
      Effect.gen(function* () {
        const { load, run } = typableLines(command)
        for (const line of load) {
          const { status } = yield* runLine(line, "the shell's prompt", promptSeconds)
          if (status !== 0) return yield* notLoaded(console, command)
        }
        return run
      })

    const run: Shell["run"] = (command, options = {}) =>
      Effect.gen(function* () {
        const timeoutSeconds = options.timeoutSeconds ?? (yield* remainingSeconds)
        const line = yield* prepare(command)
        const what = `the end of the command "${shorten(command, longestShown)}"`
        return yield* runLine(line, what, timeoutSeconds, options.allowPanic)
      })
    return {
      run,
      check: (command, options) =>
        Effect.filterOrFail(
          run(command, options),
          ({ status }) => status === 0,
          (result) => failed(console, command, result),
        ),
      start: (command) => Effect.flatMap(prepare(command), typeAndEnter),
      release: Effect.gen(function* () {
        if (released) return
        yield* typeAndEnter("PS1=$_ps1")
        yield* console.waitFor(ownPrompt, {
          what: "the shell's own prompt",
          timeoutSeconds: promptSeconds,
        })
        atPrompt = true
        released = true
      }),
    }
  })

const notLoaded = (console: Console, command: string): InfrastructureError =>
  new InfrastructureError({
    message: `the command "${shorten(command, longestShown)}" does not reach the shell whole; check that the shell has printf`,
    console: console.recentLines(),
  })

const failed = (console: Console, command: string, { status, output }: CommandResult): JobError => {
  const last = output.slice(output.lastIndexOf("\n") + 1)
  return new JobError({
    message: `the command "${shorten(command, longestShown)}" failed with exit status ${status}${last === "" ? "" : `: ${last}`}`,
    console: console.recentLines(),
  })
}
