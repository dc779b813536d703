import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { CommandLine } from "../console/command-line.ts"
import type { ConfigurationError, InfrastructureError } from "../pipeline/errors.ts"
import { powerCycle } from "./cycle.ts"
import { hostCommand } from "./host-command.ts"
import type { PowerPort, PowerSettings } from "./power.ts"
import { unknownSwitch } from "./unknown.ts"

type Switch = Effect.Effect<void, InfrastructureError | ConfigurationError>

/** Switches power by the commands of the lab file: a PDU's client, a relay's, an emulator's. */
export const commandPower = (settings: PowerSettings): PowerPort => {
  const command = (what: string, argv: CommandLine | undefined): Switch =>
    argv === undefined
      ? Effect.void
      : Effect.retry(hostCommand(what, argv, settings.timeout_seconds), {
          times: settings.attempts - 1,
          schedule: Schedule.spaced(`${settings.retry_seconds} seconds`),
        })
  const on = command("switch the device on", settings.on)
  const off = command("switch the device off", settings.off)
  const reset = settings.reset
    ? command("reset the device", settings.reset)
    : settings.on
      ? powerCycle({ on, off }, settings.off_seconds)
      : unknownSwitch("reset")
  const { revert } = settings
  return {
    on,
    off,
    reset,
    ...(revert && {
      revert: (snapshot: string) =>
        Effect.gen(function* () {
          yield* off
          const named = revert.map((word) => word.replaceAll("{SNAPSHOT}", snapshot))
          yield* command(`bring the device to the snapshot "${snapshot}"`, named)
          yield* on
        }),
    }),
  }
}
