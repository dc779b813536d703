import { basename, dirname } from "node:path"
import { setTimeout } from "node:timers/promises"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { openRecorder } from "../core/console/recorder.ts"
import { openTransport, type Transport } from "../core/console/transport.ts"
import { consoleSettings } from "../core/lab/connection.ts"
import type { Device } from "../core/lab/device.ts"
import { reserve } from "../core/lab/reservation.ts"
import { type ConfigurationError, InfrastructureError } from "../core/pipeline/errors.ts"
import { makePower, type PowerSwitch } from "../core/power/power.ts"
import { exitCodes } from "../core/report/exit-code.ts"
import { makeKeyReader, rawKeyboard, withEnterKeys } from "./console-keys.ts"
import { say, show } from "./console-screen.ts"
import { catchEndingSignals, type EndingSignals } from "./ending-signals.ts"
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
  const signals = catchEndingSignals()
  try {
    return await Effect.runPromise(Effect.scoped(session(device, options, signals.take)))
  } finally {
    signals.ignore()
  }
}

const session = (
  device: Device,
  options: ConsoleOptions,
  onSignal: EndingSignals["take"],
): Effect.Effect<number, InfrastructureError | ConfigurationError, Scope.Scope> =>
  Effect.gen(function* () {
    const settings = yield* consoleSettings(device)
    yield* reserve(device, `dispatch console, process ${process.pid}`)
    const record = options.record
    const recorder =
      record === undefined
        ? undefined
        : yield* openRecorder({ directory: dirname(record), name: basename(record), onError: say })
    const transport = yield* openTransport(settings)
    const keyboard = process.stdin.isTTY
    if (keyboard) yield* rawKeyboard
    const what = `${options.write ? "typing on" : "watching"} ${transport.description}`
    say(`${device.name}: ${what}${record === undefined ? "" : `, recording to ${record}.log`}`)
    if (keyboard) say(help)

    const switches = powerKeys(device)
    const end = yield* Deferred.make<number, InfrastructureError>()
    const lost = (reason: string) => {
      const message = `the console of ${device.name} (${transport.description}) was lost: ${reason}`
      Deferred.doneUnsafe(end, Effect.fail(new InfrastructureError({ message })))
    }
    let leaving = false
    const leave = (code: number) => {
      if (leaving) process.exit(code)
      leaving = true
      if (switches.busy()) say("waiting for the power switch; once more to leave at once")
      Deferred.doneUnsafe(end, Effect.succeed(code))
    }
    const type = typist(transport, settings.character_delay_ms, lost)
    const { stdin, stdout } = process
    const take = takeKeys({
      keyboard,
      writing: options.write === true,
      type: (bytes) => {
        recorder?.input(bytes)
        type(bytes)
      },
      power: switches.press,
      leave: () => leave(0),
    })
    transport.onData((bytes) => {
      recorder?.output(bytes)
      show(bytes)
    })
    transport.onClose(lost)
    onSignal(() => leave(exitCodes.CanceledError))
    const readerGone = () => leave(0)
    stdout.on("error", readerGone)
    if (keyboard || options.write) stdin.on("data", take)
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        stdout.off("error", readerGone)
        stdin.off("data", take).pause()
      }),
    )
    const code = yield* Deferred.await(end)
    yield* Effect.promise(switches.idle)
    return code
  })

const help =
  "Ctrl-] and w: type, or only watch; p: power on; P: power off; r: reset; q: quit; Ctrl-]: itself"

const ctrlC = 3

interface KeyTaker {
  /** Whether there are keys, and not just text to type. */
  readonly keyboard: boolean
  /** Whether what is typed goes to the device from the start. */
  readonly writing: boolean
  readonly type: (bytes: Uint8Array) => void
  readonly power: (what: PowerSwitch) => void
  readonly leave: () => void
}

/** What standard input gives, made into what its user wants. */
const takeKeys = (to: KeyTaker): ((bytes: Uint8Array) => void) => {
  if (!to.keyboard) return (bytes) => to.type(withEnterKeys(bytes))
  const read = makeKeyReader()
  let { writing } = to
  let told = false
  const typed = (bytes: Uint8Array) => {
    if (writing) to.type(bytes)
    else if (bytes.includes(ctrlC)) to.leave()
    else if (!told) {
      say("only watching: Ctrl-] w lets you type")
      told = true
    }
  }
  const commands: Readonly<Record<string, () => void>> = {
    q: to.leave,
    p: () => to.power("on"),
    P: () => to.power("off"),
    r: () => to.power("reset"),
    w: () => {
      writing = !writing
      say(writing ? "what you type goes to the device" : "only watching")
    },
  }
  return (bytes) => {
    for (const press of read(bytes)) {
      if (press.type === "typed") typed(press.bytes)
      else (commands[press.key] ?? (() => say(help)))()
    }
  }
}

/** The power switch under the keys: one thing after the other, each told when it begins and ends. */
const powerKeys = (device: Device) => {
  const port = makePower(device.power)
  let last = Promise.resolve()
  let pending = 0
  return {
    press: (what: PowerSwitch) => {
      pending++
      last = last.then(async () => {
        say(`${device.name}: power ${what} ...`)
        const exit = await Effect.runPromiseExit(Effect.flip(port[what]))
        say(
          Exit.isSuccess(exit)
            ? `error: ${exit.value.message}`
            : `${device.name}: power ${what} done`,
        )
        pending--
      })
    },
    busy: () => pending > 0,
    /** When all that was pressed is done. */
    idle: () => last,
  }
}

/** Types bytes in their order, at the console's pace. */
const typist = (
  transport: Transport,
  delayMs: number = 0,
  lost: (reason: string) => void,
): ((bytes: Uint8Array) => void) => {
  const write = async (bytes: Uint8Array) => {
    if (delayMs === 0) return transport.write(bytes)
    for (const byte of bytes) {
      await transport.write(Uint8Array.of(byte))
      await setTimeout(delayMs)
    }
  }
  let last = Promise.resolve()
  return (bytes) => {
    last = last.then(() => write(bytes)).catch((error: Error) => lost(error.message))
  }
}
