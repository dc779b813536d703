import * as Effect from "effect/Effect"
import { remainingSeconds } from "../pipeline/deadline.ts"
import { type InfrastructureError, JobError } from "../pipeline/errors.ts"
import type { Console } from "./console.ts"
import { escapeRegex } from "../escape-regex.ts"
import { patternSearch } from "./search.ts"
import { lineTyper, pressEnter } from "./typing.ts"

/** What is special about a firmware's command line: `firmwarePrompt`. */
export interface FirmwarePromptOptions {
  /** What throws a typed line away: Ctrl-C when not given; GRUB takes Ctrl-U ("\x15"). */
  readonly eraseLine?: string
  /** A firmware's banner, as `version` prints it, does not end the wait for a command's end. */
  readonly allowReset?: boolean
}

/** How one command of a firmware is run: `FirmwarePrompt.command` and `check`. */
export interface FirmwareCommandOptions {
  /** How long the command may take; the rest of the running action's time when not given. */
  readonly timeoutSeconds?: number
}

type Run<A> = Effect.Effect<A, InfrastructureError | JobError>

/** A firmware's or a boot loader's prompt on a console: U-Boot, barebox, GRUB, iPXE. */
export interface FirmwarePrompt {
  /** Runs a command and answers what it wrote. Fails as a wait on the console does. */
  readonly command: (text: string, options?: FirmwareCommandOptions) => Run<string>
  /** As `command`, for U-Boot and barebox: fails with JobError when the status (`$?`) is not 0. */
  readonly check: (text: string, options?: FirmwareCommandOptions) => Run<string>
  /** Starts a command that does not come back to the prompt, as `bootz`. */
  readonly start: (text: string) => Run<void>
}

/** A firmware that gives no prompt within this time after a line was erased does not listen. */
const promptSeconds = 5

/**
 * Takes the commands of a firmware, at whose prompt the console is. As with a shell, a line is typed
 * again when its echo is not whole, before Enter is pressed.
 * @param prompt what stands at a line's start: "=> " of U-Boot, "grub> "
 */
export const firmwarePrompt = (
  console: Console,
  prompt: string | RegExp,
  { eraseLine = "\x03", allowReset = false }: FirmwarePromptOptions = {},
): FirmwarePrompt => {
  const source = typeof prompt === "string" ? escapeRegex(prompt) : prompt.source
  const search = patternSearch([{ name: "prompt", pattern: new RegExp(`^(?:${source})`) }])
  // Not every firmware shows a prompt again when a line is erased: GRUB only draws over it, which may take it a while
  // and may come behind characters that it still has to show. The echo tells in the end.
  const clean = Effect.gen(function* () {
    yield* console.drain({ quietMs: 200, timeoutSeconds: promptSeconds })
    yield* console.send(eraseLine)
    const end = yield* console.waitUnlessIdle(search, {
      what: "the firmware's prompt after a line was erased",
      timeoutSeconds: promptSeconds,
      idleMs: 300,
    })
    if (end.type === "idle") {
      yield* console.drain({ quietMs: 300, timeoutSeconds: promptSeconds })
    }
  })
  const typeLine = lineTyper(console)
  const start: FirmwarePrompt["start"] = (text) =>
    Effect.andThen(typeLine(text, clean), pressEnter(console))
  const command: FirmwarePrompt["command"] = (text, options = {}) =>
    Effect.gen(function* () {
      const timeoutSeconds = options.timeoutSeconds ?? (yield* remainingSeconds)
      yield* start(text)
      const what = `the firmware's prompt after "${text}"`
      const { before } = yield* console.waitFor(search, { what, timeoutSeconds, allowReset })
      return before.replace(/\n+$/, "")
    })
  const check: FirmwarePrompt["check"] = (text, options) =>
    Effect.gen(function* () {
      const output = yield* command(text, options)
      const status = yield* command("echo $?", { timeoutSeconds: promptSeconds })
      if (status.trim() === "0") return output
      const last = output.slice(output.lastIndexOf("\n") + 1)
      return yield* new JobError({
        message: `the firmware's command "${text}" failed with status ${status.trim()}: ${last}`,
        console: console.recentLines(),
      })
    })
  return { command, check, start }
}
