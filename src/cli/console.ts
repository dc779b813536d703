import { basename, dirname } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { openRecorder } from "../core/console/recorder.ts"
import { type ConsoleSettings, openTransport } from "../core/console/transport.ts"
import type { Device } from "../core/lab/device.ts"
import { reserve } from "../core/lab/reservation.ts"
import { ConfigurationError, InfrastructureError } from "../core/pipeline/errors.ts"
import { makePower } from "../core/power/power.ts"
import { openOutput, styleFor } from "../core/report/output.ts"
import { makeKeyReader } from "./console-keys.ts"
import { canceledExitCode, catchEndingSignals } from "./ending-signals.ts"
import { findDevice } from "./find-lab.ts"
import type { LabOptions } from "./options.ts"

/** The options of `dispatch console`. */
export interface ConsoleOptions extends LabOptions {
  readonly write?: true
  readonly record?: string
}

/**
 * Shows a device's console on standard output until its user leaves. Answers the exit code; rejects with
 * InfrastructureError where the device is in use or the console cannot be opened or is lost, with
 * ConfigurationError where there is no such device or console.
 */
export const watchConsole = async (name: string, options: ConsoleOptions): Promise<number> => {
  const device = await findDevice(options.lab, name)
  const settings = device.console
  if (!settings) {
    throw new ConfigurationError({
      message: `the lab file does not say how to reach the console of ${name}: give it a "console" section`,
    })
  }
  const signals = catchEndingSignals()
  try {
    return await Effect.runPromise(Effect.scoped(session(device, settings, options, signals.take)))
  } finally {
    signals.release()
  }
}

const session = (
  device: Device,
  settings: ConsoleSettings,
  options: ConsoleOptions,
  onSignal: (taker: () => void) => void,
): Effect.Effect<number, InfrastructureError, Scope.Scope> =>
  Effect.gen(function* () {
    const { name } = device
    const { stdin, stdout } = process
    const keyboard = stdin.isTTY
    yield* reserve(device, `dispatch console, process ${process.pid}`)
    const recorder =
      options.record === undefined
        ? undefined
        : yield* openRecorder({
            directory: dirname(options.record),
            name: basename(options.record),
            onError: say,
          })
    const transport = yield* openTransport(settings)
    if (keyboard) yield* rawKeyboard

    let writing = options.write === true
    let switching = Promise.resolve()
    let written = Promise.resolve()
    let typedInVain = false
    const ports = makePower(device.power)
    const power = (what: keyof typeof ports) => {
      switching = switching.then(async () => {
        say(`${name}: power ${what} ...`)
        const error = await Effect.runPromise(Effect.flip(ports[what]).pipe(Effect.option))
        say(error._tag === "Some" ? `error: ${error.value.message}` : `${name}: power ${what} done`)
      })
    }

    let release = () => {}
    yield* Effect.addFinalizer(() => Effect.sync(() => release()))
    const outcome = Effect.callback<number, InfrastructureError>((resume) => {
      const lost = (reason: string) =>
        resume(
          Effect.fail(
            new InfrastructureError({
              message: `the console of ${name} (${transport.description}) was lost: ${reason}`,
            }),
          ),
        )
      const leave = (code: number) => resume(Effect.succeed(code))
      const type = (bytes: Uint8Array) => {
        recorder?.input(bytes)
        written = written
          .then(() => typeSlowly(transport.write, bytes, settings.character_delay_ms))
          .catch((error: Error) => lost(error.message))
      }
      const typed = (bytes: Uint8Array) => {
        if (writing) return type(bytes)
        if (bytes.includes(ctrlC)) return leave(0)
        if (!typedInVain) say("only watching: Ctrl-] w lets you type")
        typedInVain = true
      }
      const command = (key: string) => {
        switch (key) {
          case "q":
            return leave(0)
          case "w":
            writing = !writing
            return say(writing ? "what you type goes to the device" : "only watching")
          case "p":
            return power("on")
          case "P":
            return power("off")
          case "r":
            return power("reset")
          default:
            return say(help)
        }
      }

      transport.onData((bytes) => {
        recorder?.output(bytes)
        show(bytes)
      })
      transport.onClose(lost)
      onSignal(() => leave(canceledExitCode))
      const gone = () => leave(0)
      stdout.once("error", gone)
      const read = makeKeyReader()
      const take = (bytes: Buffer) => {
        if (!keyboard) return type(withEnterKeys(bytes))
        for (const press of read(bytes)) {
          if (press.type === "typed") typed(press.bytes)
          else command(press.key)
        }
      }
      if (keyboard || writing) stdin.on("data", take)
      release = () => {
        stdout.off("error", gone)
        stdin.off("data", take).pause()
      }
    })

    const record = options.record === undefined ? "" : `, recording to ${options.record}.log`
    say(`${name}: ${writing ? "typing on" : "watching"} ${transport.description}${record}`)
    if (keyboard) say(help)
    const code = yield* outcome
    yield* Effect.promise(() => switching)
    return code
  })

const help =
  "Ctrl-] and w: type, or only watch; p: power on; P: power off; r: reset; q: quit; Ctrl-]: itself"

const ctrlC = 3

/** A note of ours between the console's lines; apart from them where those go to a file. */
const say = (message: string): void => {
  const { dim } = styleFor(openOutput(process.stderr))
  process.stderr.write(`${withinLine ? "\r\n" : ""}${dim(`[${message}]`)}\r\n`)
  withinLine = false
}

/** Whether the console's last line is not at its end yet. */
let withinLine = false

/** Shows what came from the console, as it is: the terminal is what the device talks to. */
const show = (bytes: Uint8Array): void => {
  process.stdout.write(bytes)
  withinLine = bytes.at(-1) !== 0x0a
}

/** The keys as they are pressed, until the Scope closes; also given back when the process just exits. */
const rawKeyboard: Effect.Effect<void, never, Scope.Scope> = Effect.asVoid(
  Effect.acquireRelease(
    Effect.sync(() => {
      const restore = () => process.stdin.setRawMode(false)
      process.stdin.setRawMode(true)
      process.once("exit", restore)
      return restore
    }),
    (restore) =>
      Effect.sync(() => {
        process.off("exit", restore)
        restore()
      }),
  ),
)

/** Lines of a file end where a keyboard has the Enter key. */
const withEnterKeys = (bytes: Buffer): Buffer =>
  Buffer.from(bytes.map((byte) => (byte === 0x0a ? 0x0d : byte)))

const typeSlowly = async (
  write: (bytes: Uint8Array) => Promise<void>,
  bytes: Uint8Array,
  delayMs = 0,
): Promise<void> => {
  if (delayMs === 0) return write(bytes)
  for (const byte of bytes) {
    await write(Uint8Array.of(byte))
    await new Promise((resolve) => setTimeout(resolve, delayMs))
  }
}
