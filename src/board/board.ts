import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { readDocument, type SourceDocument, valueDocument } from "../core/source/document.ts"
import { InvalidFile } from "../core/source/invalid-file.ts"
import { validate } from "../core/source/validate.ts"
import { type ConfigurationError, InfrastructureError } from "../core/pipeline/errors.ts"
import type { ConsoleAddress, Listen } from "./console-port.ts"
import { Machine } from "./machine.ts"
import { openPowerPort, type PowerAction } from "./power-port.ts"
import { openPtyPort } from "./pty-port.ts"
import { makeRootFileSystem, requireShell, type RootFileSystem } from "./root-file-system.ts"
import { BoardScript, type BoardScriptInput } from "./script.ts"
import { SerialLine } from "./serial-line.ts"
import { Shell } from "./shell.ts"
import { openTcpPort } from "./tcp-port.ts"

/** How a board is to be reached. */
export interface BoardOptions {
  readonly listen: Listen
  /** A TCP port on 127.0.0.1 that switches the power, 0 for any; see openPowerPort for what it takes. */
  readonly control?: number
}

/** A board that runs: a serial console outside, a script inside. */
export interface Board {
  /** The script's name for it. */
  readonly name: string
  /** Where its console is. */
  readonly console: ConsoleAddress
  /** The TCP port on 127.0.0.1 that switches its power, where one was asked for. */
  readonly control: number | undefined
  readonly powered: boolean
  /** The script's state that it is in; undefined while it is off, hangs, or is in none yet. */
  readonly state: string | undefined
  /** Switches its power, until it is closed. Resolves when nothing runs any more that should not. */
  readonly power: (action: PowerAction) => Promise<void>
  /** Powers it off and gives back its ports, processes and files. */
  readonly close: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/**
 * Starts a scripted board: a serial device made of a short script, for tests of what drives a board. One
 * process may have hundreds; only a state with a real shell needs processes of its own.
 *
 * Rejects with InvalidFile (a ConfigurationError that has every mistake with its place) where the script is
 * wrong, and with InfrastructureError where its ports cannot be had or a real shell is not possible here.
 *
 * @param script the path of a JSON or YAML file, or the script itself; see BoardScript
 */
export const startBoard = async (
  script: string | BoardScriptInput,
  options: BoardOptions,
): Promise<Board> => {
  const checked =
    typeof script === "string"
      ? await loadBoardScript(script)
      : check(valueDocument(script, "the board's script"))
  if (Object.values(checked.states).some(({ shell }) => shell)) await requireShell()

  const { listen } = options
  const console =
    "pty" in listen
      ? await openPtyPort(listen.pty === true ? undefined : listen.pty)
      : await openTcpPort(listen)
  let root: Promise<RootFileSystem> | undefined
  const machine = new Machine(checked, {
    send: (bytes) => line.send(bytes),
    busy: () => line.busy,
    disconnect: () => {
      line.flush()
      console.cut()
    },
    dropLine: () => line.clear(),
    startShell: (prompt, events) =>
      new Shell((root ??= makeRootFileSystem(checked.files)), prompt, events),
  })
  const line = new SerialLine(checked.uart, console, (bytes) => machine.type(bytes))
  let closing: Promise<void> | undefined
  const power = async (action: PowerAction): Promise<void> => {
    if (closing) return
    if (action === "on") machine.powerOn()
    else if (action === "off") machine.powerOff()
    else machine.reset()
    await machine.settled()
  }
  const controlPort =
    options.control === undefined
      ? undefined
      : await openPowerPort(options.control, () => machine.powered, power).catch(async (error) => {
          await console.close()
          throw error
        })

  const close = async () => {
    machine.powerOff()
    await Promise.all([controlPort?.close(), machine.settled()])
    // Last, so that nobody who watches misses the end.
    await console.close()
    const made = await root?.catch(() => undefined)
    await made?.remove()
  }
  if (checked.power) machine.powerOn()
  return {
    name: checked.name,
    get console() {
      return console.address
    },
    control: controlPort?.port,
    get powered() {
      return machine.powered
    },
    get state() {
      return machine.state
    },
    power,
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  }
}

/** A board that runs as long as its Scope; see startBoard. */
export const scopedBoard = (
  script: string | BoardScriptInput,
  options: BoardOptions,
): Effect.Effect<Board, ConfigurationError | InfrastructureError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({ try: () => startBoard(script, options), catch: expected }),
    (board) => Effect.promise(() => board.close()),
  )

const expected = (error: unknown): ConfigurationError | InfrastructureError =>
  error instanceof InvalidFile || error instanceof InfrastructureError
    ? error
    : new InfrastructureError({
        message: `the scripted board did not start: ${String(error)}`,
        cause: error,
      })

/**
 * Reads a board's script from a JSON or YAML file, to start many boards of it.
 *
 * Rejects with InvalidFile, which has every mistake with its place in the file.
 */
export const loadBoardScript = async (path: string): Promise<BoardScript> =>
  check(await Effect.runPromise(readDocument(path)))

const check = (document: SourceDocument): BoardScript => {
  const result = validate(document, BoardScript)
  if (Result.isFailure(result)) throw new InvalidFile(result.failure)
  return result.success
}
