import * as Effect from "effect/Effect"
import { InfrastructureError, type JobError } from "../pipeline/errors.ts"
import type { Console } from "./console.ts"
import { echoSearch } from "./echo.ts"
import { patternSearch, type Search } from "./search.ts"
import { waitFailure } from "./wait-failure.ts"

type Typed<A> = Effect.Effect<A, InfrastructureError | JobError>

/**
 * Pieces in which a line is typed, in characters, each sent when the one before has come back: at
 * once at first; then so that a UART that holds 16 bytes cannot overrun; at last one by one.
 */
const pieces = [Infinity, 16, 4, 1]

/**
 * An echo that pauses for so long is taken for lost, in ms: in each try more, to outlast a device
 * that is busy for a while.
 */
const idleTimes = [500, 1000, 2000, 4000]

/** No echo of a piece takes longer than this, whatever else the device writes meanwhile. */
const echoSeconds = 30

/** A key is pressed again when the device is silent for this long after it, in ms. */
const keyIdleMs = 2000
const keyTries = 3

/**
 * Types lines, without Enter, and makes sure by its echo that the device has got every character of
 * a line: a command with a hole in it may do anything. Other output may come in between. A line that
 * was mangled is thrown away by `clean` and typed again, in smaller pieces; later lines then are typed
 * in such pieces at once. Fails with InfrastructureError when the echo is not right after four tries,
 * and as a wait on the console does.
 *
 * Lines are of printable ASCII.
 * @param clean brings the device to an empty line again, and takes what it wrote up to there
 */
export const lineTyper = (console: Console): LineTyper => {
  let size = 0
  return (line, clean) =>
    Effect.gen(function* () {
      for (const [tried, idleMs] of idleTimes.entries()) {
        if (tried > 0) {
          yield* Effect.mapError(clean, (error) =>
            waitFailure(error)?.kind === "timeout" ? noEcho(console, line, tried) : error,
          )
        }
        if (yield* typeEchoed(console, line, pieces[size]!, idleMs)) return
        size = Math.min(size + 1, pieces.length - 1)
      }
      return yield* noEcho(console, line, idleTimes.length)
    })
}

const noEcho = (console: Console, line: string, times: number): InfrastructureError =>
  new InfrastructureError({
    message: `the console ${console.name} does not give back what is typed on it; it was given "${line}" ${times === 1 ? "once" : `${times} times`}; check that the console takes input and echoes it as a terminal does, the baud rate, or set character_delay_ms`,
    console: console.recentLines(),
  })

/** Types a line; `clean` as `lineTyper` says. */
export type LineTyper = (line: string, clean: Typed<unknown>) => Typed<void>

/** Types a text in pieces; answers whether its echo was whole. */
const typeEchoed = (
  console: Console,
  text: string,
  piece: number,
  idleMs: number,
): Typed<boolean> =>
  Effect.gen(function* () {
    for (let start = 0; start < text.length; start += piece) {
      const typed = text.slice(start, start + piece)
      yield* console.send(typed, { toldAs: start === 0 ? text : "" })
      const end = yield* console.waitUnlessIdle(echoSearch(typed), {
        what: `the echo of "${typed}"`,
        timeoutSeconds: echoSeconds,
        idleMs,
      })
      if (end.type === "idle") return false
    }
    return true
  }).pipe(
    // A device that never pauses for other output has not given it back either.
    Effect.catchIf(
      (error) => waitFailure(error)?.kind === "timeout",
      () => Effect.succeed(false),
    ),
  )

/**
 * Presses Enter and takes the line end that comes back. Enter is pressed again when the device has
 * not written anything at all after it: then the key was lost.
 */
export const pressEnter = (console: Console): Typed<void> =>
  Effect.gen(function* () {
    for (let tried = 0; tried < keyTries; tried++) {
      yield* console.sendLine("")
      const end = yield* console.waitUnlessIdle(lineEndSearch, {
        what: "the echo of the Enter key",
        timeoutSeconds: echoSeconds,
        idleMs: keyIdleMs,
      })
      if (end.type === "match" || end.unread !== "") return
    }
  })

const lineEndSearch = patternSearch([{ name: "line end", pattern: "\n" }])

/**
 * Presses Enter whenever the device has written nothing for `quietMs`, and never ends: to be raced with a
 * wait for a prompt, which may have been shown before anybody looked, or been broken up by a kernel
 * message, and is shown again.
 */
export const pressEnterWhenQuiet = (
  console: Console,
  quietMs: number,
): Effect.Effect<never, InfrastructureError> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const heard = { at: performance.now(), stop: () => {} }
      heard.stop = console.watch(() => (heard.at = performance.now()))
      return heard
    }),
    (heard) =>
      Effect.gen(function* () {
        const rest = heard.at + quietMs - performance.now()
        if (rest > 0) return yield* Effect.sleep(rest)
        yield* console.sendLine("")
        heard.at = performance.now()
      }).pipe(Effect.forever),
    (heard) => Effect.sync(heard.stop),
  )

/**
 * Presses keys until what they bring has come: a key may be lost, too. Fails with JobError when it
 * has not come after three times, and as a wait on the console does.
 */
export const pressUntil = (
  console: Console,
  keys: string,
  search: Search,
  what: string,
): Typed<void> =>
  Effect.gen(function* () {
    for (let tried = 1; tried < keyTries; tried++) {
      yield* console.send(keys)
      const wait = { what, timeoutSeconds: echoSeconds, idleMs: keyIdleMs }
      if ((yield* console.waitUnlessIdle(search, wait)).type === "match") return
    }
    yield* console.send(keys)
    yield* console.waitFor(search, { what, timeoutSeconds: keyIdleMs / 1000 })
  })
