import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { BugError, InfrastructureError, type JobError, messageOf } from "../pipeline/errors.ts"
import type { KernelMessage } from "./fail-patterns.ts"
import { Matcher, type Match, type WaitEnd, type WaitOptions } from "./matcher.ts"
import type { Pattern } from "./pattern.ts"
import { PlainText } from "./plain-text.ts"
import { openRecorder, type RecorderOptions } from "./recorder.ts"
import { patternSearch, type Search } from "./search.ts"
import type { Transport } from "./transport.ts"
import { timedOut, waitError } from "./wait-failure.ts"

export type { Match } from "./matcher.ts"

/** Whole lines of a console, without line ends and escape sequences. */
export interface ConsoleLines {
  /** "device": what the device wrote; "input": what was typed. */
  readonly source: "device" | "input"
  /** When they came, in ms since the epoch. */
  readonly time: number
  readonly lines: ReadonlyArray<string>
}

/** A console to open: its connection, what is recorded of it, and how the device likes to be typed to. */
export interface ConsoleOptions {
  /** The console's name in messages and of its recording, as "uart0". */
  readonly name: string
  /** Opens the connection, as `openTransport(device.console)`. */
  readonly transport: Effect.Effect<Transport, InfrastructureError, Scope.Scope>
  /** Where to record all that goes through it; not recorded when not given. */
  readonly record?: Omit<RecorderOptions, "name">
  /** Pause after each typed character, in ms; none when not given. */
  readonly characterDelayMs?: number
  /** What the Enter key sends; a carriage return, as a terminal does, when not given. */
  readonly newline?: string
  /** Says, beside the known firmware banners, that the device was reset. */
  readonly reset?: ReadonlyArray<RegExp>
  /** A panic without a closing line is whole when nothing has come for this long, in ms; 1500 when not given. */
  readonly panicQuietMs?: number
}

/** How a text is typed: `Console.send` and `sendLine`. */
export interface SendOptions {
  /** A password: the recording and the listeners are told "[MASKED]" instead. */
  readonly secret?: boolean
  /** What the listeners are told instead: a line that is typed in pieces is told whole, with the first of them. */
  readonly toldAs?: string
}

/** A wait on a console: for what, for how long, and what else may end it. */
export interface WaitForOptions extends Omit<WaitOptions, "idleMs"> {
  /** What is waited for, as it reads in "Waited 30 s for ...": "the login prompt". */
  readonly what: string
  /** After this long the wait fails. */
  readonly timeoutSeconds: number
}

/** A wait for the first of some patterns: `Console.expect`. */
export interface ExpectOptions extends WaitForOptions {
  /** The one whose match ends first is taken; of two that end together, the first of the list. */
  readonly patterns: ReadonlyArray<Pattern>
}

/** The end of a wait that a pause may end. */
export type MatchOrIdle = Extract<WaitEnd, { type: "match" | "idle" }>

/** A device's console. One at a time waits on it; as many as like may watch. */
export interface Console {
  readonly name: string
  /** Types text. Fails with InfrastructureError when the connection is lost or takes no input. */
  readonly send: (text: string, options?: SendOptions) => Effect.Effect<void, InfrastructureError>
  /** Types text and the Enter key. */
  readonly sendLine: (
    text: string,
    options?: SendOptions,
  ) => Effect.Effect<void, InfrastructureError>
  /**
   * Waits for the first of some patterns in the text that no earlier wait has taken, and takes the
   * text up to its end. Fails with JobError when it does not come in time, when the kernel panics
   * (once the whole panic has come) or when the device is reset; with InfrastructureError when the
   * connection is lost. `waitFailure(error)` tells which it was, for a caller who gives the error
   * another class.
   */
  readonly expect: (options: ExpectOptions) => Effect.Effect<Match, InfrastructureError | JobError>
  /** As `expect`, for any search. */
  readonly waitFor: (
    search: Search,
    options: WaitForOptions,
  ) => Effect.Effect<Match, InfrastructureError | JobError>
  /** As `waitFor`; ends without a match when nothing has come for `idleMs`. */
  readonly waitUnlessIdle: (
    search: Search,
    options: WaitForOptions & { readonly idleMs: number },
  ) => Effect.Effect<MatchOrIdle, InfrastructureError | JobError>
  /**
   * Waits until nothing has come for `quietMs`, at most `timeoutSeconds`, and takes all that has
   * come. Fails as `expect` does, but not by time.
   */
  readonly drain: (options: {
    readonly quietMs: number
    readonly timeoutSeconds: number
  }) => Effect.Effect<void, InfrastructureError | JobError>
  /**
   * Forgets the text that was not read, every failure of the device in it and the kernel's complaints. To be called when the
   * device is reset or powered on on purpose: what it wrote before is another life's.
   */
  readonly discard: Effect.Effect<void>
  /** Gives every chunk of bytes from the device, as it comes, to `watcher`; answers how to stop. */
  readonly watch: (watcher: (bytes: Uint8Array) => void) => () => void
  /** Gives whole lines, and what is typed, to `listener`; answers how to stop. */
  readonly onLines: (listener: (lines: ConsoleLines) => void) => () => void
  /** Takes the kernel's complaints (oops, BUG, WARNING ...) that nobody has taken yet, the first 1000 of them. */
  readonly takeKernelMessages: () => ReadonlyArray<KernelMessage>
  /** The last lines that came, oldest first. */
  readonly recentLines: () => ReadonlyArray<string>
  /** Whether the connection is lost: nothing will come any more. */
  readonly lost: () => boolean
}

/** Pause after each character that the running action types, in ms, instead of the console's own. */
export const CurrentCharacterDelay = Context.Reference<number | undefined>(
  "lab-dispatch/CurrentCharacterDelay",
  { defaultValue: () => undefined },
)

/** How many of the console's last lines go into an error. */
const recentCount = 20
/** A console that does not take what is typed within this time has failed. */
const writeSeconds = 30
/** Node's timers cannot be set to more. */
const longestTimerMs = 2 ** 31 - 1

/**
 * Opens a console and keeps it, recorded and looked at for failures, until the scope closes.
 * Fails with InfrastructureError when it cannot be opened or recorded.
 */
export const openConsole = (
  options: ConsoleOptions,
): Effect.Effect<Console, InfrastructureError, Scope.Scope> =>
  Effect.gen(function* () {
    const { name } = options
    // Before the connection, so that it is closed after it.
    const recorder = options.record ? yield* openRecorder({ ...options.record, name }) : undefined
    const transport = yield* options.transport
    const watchers = new Set<(bytes: Uint8Array) => void>()
    const listeners = new Set<(lines: ConsoleLines) => void>()
    const tell = (source: ConsoleLines["source"], lines: ReadonlyArray<string>) => {
      const time = Date.now()
      for (const listener of listeners) listener({ source, time, lines })
    }
    const matcher = new Matcher({
      reset: options.reset ?? [],
      ...(options.panicQuietMs !== undefined && { panicQuietMs: options.panicQuietMs }),
      onLines: (lines) => listeners.size > 0 && tell("device", lines()),
    })
    const plainText = new PlainText()
    transport.onData((bytes) => {
      recorder?.output(bytes)
      for (const watcher of watchers) watcher(bytes)
      matcher.push(plainText.push(bytes))
    })
    let lost = false
    transport.onClose((reason) => {
      lost = true
      matcher.close(reason)
    })
    yield* Effect.addFinalizer(() => Effect.sync(() => matcher.close("it was closed here")))

    const where = { name, description: transport.description }
    const recentLines = () => matcher.recentLines(recentCount)

    const noInput = (why: string, cause?: unknown) =>
      new InfrastructureError({
        message: `the console ${name} (${where.description}) takes no input: ${why}`,
        console: recentLines(),
        cause,
      })
    const write = (text: string, secret: boolean): Effect.Effect<void, InfrastructureError> =>
      Effect.callback((resume) => {
        const bytes = Buffer.from(text)
        recorder?.input(secret ? masked : bytes)
        const timer = setTimeout(() => {
          const why = `nothing went out for ${writeSeconds} s; check for flow control, and whether the other side still reads`
          resume(Effect.fail(noInput(why)))
        }, writeSeconds * 1000)
        transport.write(bytes).then(
          () => {
            clearTimeout(timer)
            resume(Effect.void)
          },
          (cause: Error) => {
            clearTimeout(timer)
            resume(Effect.fail(noInput(cause.message, cause)))
          },
        )
        return Effect.sync(() => clearTimeout(timer))
      })

    const oneWriter = Semaphore.makeUnsafe(1)
    const send: Console["send"] = (text, { secret = false, toldAs = text } = {}) => {
      const typed = Effect.gen(function* () {
        const line = secret ? "[MASKED]" : showTyped(toldAs)
        if (line !== "") tell("input", [line])
        const delay = (yield* CurrentCharacterDelay) ?? options.characterDelayMs ?? 0
        if (delay === 0) return yield* write(text, secret)
        for (const character of text) {
          yield* write(character, secret)
          yield* Effect.sleep(delay)
        }
      })
      return Semaphore.withPermit(oneWriter, typed)
    }

    const wait = (
      search: Search,
      wait: WaitForOptions & WaitOptions,
    ): Effect.Effect<MatchOrIdle, InfrastructureError | JobError> =>
      Effect.callback((resume) => {
        let cancel = () => {}
        const timer = setTimeout(
          () => {
            cancel()
            resume(Effect.fail(timedOut(where, wait, recentLines())))
          },
          Math.min(wait.timeoutSeconds * 1000, longestTimerMs),
        )
        try {
          cancel = matcher.wait(search, wait, (end) => {
            clearTimeout(timer)
            if (end.type === "match" || end.type === "idle") resume(Effect.succeed(end))
            else resume(Effect.fail(waitError(where, wait, end, recentLines())))
          })
        } catch (cause) {
          clearTimeout(timer)
          resume(Effect.die(new BugError({ message: messageOf(cause), cause })))
        }
        return Effect.sync(() => {
          clearTimeout(timer)
          cancel()
        })
      })

    const waitFor: Console["waitFor"] = (search, options) =>
      Effect.map(wait(search, options), onlyMatch)

    return {
      name,
      send,
      sendLine: (text, sendOptions) => send(`${text}${options.newline ?? "\r"}`, sendOptions),
      waitFor,
      waitUnlessIdle: wait,
      expect: ({ patterns, ...options }) =>
        Effect.suspend(() => waitFor(patternSearch(patterns), options)),
      drain: ({ quietMs, timeoutSeconds }) =>
        wait(noSearch, {
          what: "the console to become quiet",
          timeoutSeconds: timeoutSeconds + 1,
          idleMs: quietMs,
        }).pipe(
          Effect.timeoutOption(`${timeoutSeconds} seconds`),
          Effect.andThen(Effect.sync(() => matcher.skip())),
        ),
      discard: Effect.sync(() => matcher.discard()),
      watch: (watcher) => subscribe(watchers, watcher),
      onLines: (listener) => subscribe(listeners, listener),
      takeKernelMessages: () => matcher.takeKernelMessages(),
      recentLines,
      lost: () => lost,
    }
  })

const masked = Buffer.from("[MASKED]")

const noSearch: Search = { overlap: 0, wantsSettled: false, find: () => undefined }

/** What was typed as one line for the log: without the Enter key, control keys as ^C. */
const showTyped = (text: string): string =>
  text
    .replace(/[\r\n]+$/, "")
    .replace(/[\0-\x1f\x7f]/g, (key) => `^${String.fromCharCode(key.charCodeAt(0) ^ 0x40)}`)

const onlyMatch = (end: MatchOrIdle): Match => {
  if (end.type === "match") return end.match
  throw new BugError({ message: "a wait without idleMs ended as idle" })
}

const subscribe = <A>(set: Set<A>, value: A): (() => void) => {
  set.add(value)
  return () => void set.delete(value)
}
