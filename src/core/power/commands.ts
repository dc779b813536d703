import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { type CommandLine, showCommand } from "../console/command-line.ts"
import { InfrastructureError } from "../pipeline/errors.ts"
import type { PowerPort, PowerSettings } from "./power.ts"
import { runCommand } from "./run-command.ts"

type Switch = Effect.Effect<void, InfrastructureError>

/** Switches power by the commands of the lab file: a PDU's client, a relay's, an emulator's. */
export const commandPower = (settings: PowerSettings): PowerPort => {
  const command = (what: string, argv: CommandLine | undefined): Switch =>
    argv === undefined
      ? Effect.void
      : Effect.retry(runOnce(what, argv, settings.timeout_seconds), {
          times: settings.attempts - 1,
          schedule: Schedule.spaced(`${settings.retry_seconds} seconds`),
        })
  const on = command("switch the device on", settings.on)
  const off = command("switch the device off", settings.off)
  const cycle = Effect.gen(function* () {
    yield* off
    yield* Effect.sleep(`${settings.off_seconds} seconds`)
    yield* on
  })
  return { on, off, reset: settings.reset ? command("reset the device", settings.reset) : cycle }
}

const runOnce = (what: string, argv: CommandLine, timeoutSeconds: number): Switch => {
  const fail = (why: string, cause?: unknown) =>
    Effect.fail(
      new InfrastructureError({
        message: `cannot ${what}: the command "${showCommand(argv)}" ${why}; try it by hand on this machine`,
        cause,
      }),
    )
  return Effect.callback<void, InfrastructureError>((resume, signal) => {
    runCommand(argv, signal).then(
      ({ status, output }) => {
        if (status === 0) return resume(Effect.void)
        const said = output.trim().split("\n").slice(-3).join(" | ")
        const how = typeof status === "number" ? `exit status ${status}` : status
        resume(fail(`failed with ${how}${said === "" ? "" : `: ${said}`}`))
      },
      (error: Error) => resume(fail(`cannot be started (${error.message})`, error)),
    )
  }).pipe(
    Effect.timeoutOrElse({
      duration: `${timeoutSeconds} seconds`,
      orElse: () => fail(`did not end within ${timeoutSeconds} s`),
    }),
  )
}
