import * as Effect from "effect/Effect"
import { InfrastructureError, type JobError } from "../pipeline/errors.ts"
import type { Console } from "./console.ts"
import { echoSearch } from "./echo.ts"
import { patternSearch } from "./search.ts"
import { waitFailure } from "./wait-failure.ts"

type Typed<A> = Effect.Effect<A, InfrastructureError | JobError>

/**
 * How a line is tried: at once; then in pieces, each sent only when the one before has come back, so
 * that a UART of 16 bytes cannot overrun; at last one by one. An echo that pauses for `idleMs` is
 * taken for lost; the later tries also outlast a device that is busy for a while.
 */
const tries = [
  { piece: Infinity, idleMs: 500 },
  { piece: 16, idleMs: 1000 },
  { piece: 16, idleMs: 3000 },
  { piece: 1, idleMs: 5000 },
]

/** No echo of a piece takes longer than this, whatever else the device writes meanwhile. */
const echoSeconds = 30

/** The Enter key is pressed again when the device is silent for this long after it, in ms. */
const enterIdleMs = 2000
const enterTries = 3

/**
 * Types a line, without Enter, and makes sure by its echo that the device has got every character of
 * it: a command with a hole in it may do anything. Other output may come in between. A line that was
 * mangled is thrown away by `clean` and typed again. Fails with InfrastructureError when the echo
 * is not right after four tries, and as a wait on the console does.
 * @param text printable ASCII, without line ends
 * @param clean brings the device to an empty line again, and takes what it wrote up to there
 */
export const typeLine = (console: Console, text: string, clean: Typed<unknown>): Typed<void> =>
  Effect.gen(function* () {
    for (const [index, { piece, idleMs }] of tries.entries()) {
      if (index > 0) yield* clean
      if (yield* typeEchoed(console, text, piece, idleMs)) return
    }
    return yield* new InfrastructureError({
      message: `the console ${console.name} does not give back what is typed on it; it was given "${text}" ${tries.length} times; check the baud rate, or set character_delay_ms`,
      console: console.recentLines(),
    })
  })

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
      yield* console.send(typed)
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
    for (let tried = 0; tried < enterTries; tried++) {
      yield* console.sendLine("")
      const end = yield* console.waitUnlessIdle(lineEndSearch, {
        what: "the echo of the Enter key",
        timeoutSeconds: echoSeconds,
        idleMs: enterIdleMs,
      })
      if (end.type === "match" || end.unread !== "") return
    }
  })

const lineEndSearch = patternSearch([{ name: "line end", pattern: "\n" }])
