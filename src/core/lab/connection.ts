import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { type Console, openConsole } from "../console/console.ts"
import { type ConsoleSettings, openTransport } from "../console/transport.ts"
import { CurrentConnectionLimit } from "../pipeline/deadline.ts"
import { ConfigurationError, InfrastructureError } from "../pipeline/errors.ts"
import { Events } from "../pipeline/events.ts"
import type { Device } from "./device.ts"
import type { Connection } from "./services.ts"

/** How a device's console is reached. Fails with ConfigurationError where the lab file does not say. */
export const consoleSettings = ({
  name,
  console,
}: Device): Effect.Effect<ConsoleSettings, ConfigurationError> =>
  console
    ? Effect.succeed(console)
    : Effect.fail(
        new ConfigurationError({
          message: `the lab file does not say how to reach the console of ${name}: give it a "console" section`,
        }),
      )

/**
 * The connection to a device's console, opened when it is first asked for, opened again where it was lost
 * (a retry must not get a dead line), and closed with the Scope. Every line of it is an event of the job.
 *
 * @param record where the console is recorded, and what must not be; not recorded without it
 */
export const makeConnection = (
  device: Device,
  record: { readonly directory: string; readonly secrets: Iterable<string> } | undefined,
): Effect.Effect<typeof Connection.Service, never, Events | Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Scope.Scope
    const { emit } = yield* Events
    let opened: { readonly console: Console; readonly scope: Scope.Closeable } | undefined
    let count = 0
    const open = Effect.gen(function* () {
      const settings = yield* consoleSettings(device)
      const name = "uart0"
      // A second connection has a recording of its own: "uart0-2".
      const recording = ++count === 1 ? name : `${name}-${count}`
      const own = yield* Scope.fork(scope)
      const console = yield* openConsole({
        name: recording,
        transport: openTransport(settings),
        ...(record && { record }),
        reset: device.resetMessages.map((message) => new RegExp(message)),
        ...(settings.character_delay_ms !== undefined && {
          characterDelayMs: settings.character_delay_ms,
        }),
      }).pipe(Scope.provide(own), within(yield* CurrentConnectionLimit, device.name))
      console.onLines(({ source, lines }) => {
        const direction = source === "device" ? "target" : "input"
        for (const line of lines) emit({ type: "console", console: name, direction, line })
      })
      opened = { console, scope: own }
      return console
    })
    const close = Effect.suspend(() => {
      if (!opened) return Effect.void
      const { scope: own } = opened
      opened = undefined
      return Scope.close(own, Exit.void)
    })
    return {
      console: Effect.suspend(() =>
        opened && !opened.console.lost() ? Effect.succeed(opened.console) : open,
      ),
      endLife: Effect.suspend(() => {
        if (!opened) return Effect.void
        return endsWithDevice(device) ? close : opened.console.discard
      }),
      close,
    }
  })

/** Whether the console is a login on the device itself, and not a line to it that outlives the device. */
export const isLogin = ({ console }: Device): boolean =>
  console?.ssh !== undefined && console.ssh.command === undefined

/** Whether the console's connection ends with each life of the device. */
export const endsWithDevice = (device: Device): boolean =>
  isLogin(device) || device.power?.qemu !== undefined

/** The transports know when to give up, unless the job is more impatient. */
const within =
  (seconds: number | undefined, device: string) =>
  <A, E, R>(open: Effect.Effect<A, E, R>): Effect.Effect<A, E | InfrastructureError, R> =>
    seconds === undefined
      ? open
      : Effect.timeoutOrElse(open, {
          duration: seconds * 1000,
          orElse: () =>
            Effect.fail(
              new InfrastructureError({
                message: `the console of ${device} did not open within ${seconds} s, the connection timeout; is what serves it up?`,
              }),
            ),
        })
