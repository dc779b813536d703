import * as Effect from "effect/Effect"
import { type CommandLine, showCommand } from "../console/command-line.ts"
import { InfrastructureError } from "../pipeline/errors.ts"
import { runCommand } from "./run-command.ts"

/**
 * Runs a command of the lab file on this machine, which must succeed.
 *
 * @param what what it does, as it reads in "cannot ...": "switch the device on"
 *
 * Fails with InfrastructureError, with the end of what the command said.
 */
export const hostCommand = (
  what: string,
  argv: CommandLine,
  timeoutSeconds: number,
): Effect.Effect<void, InfrastructureError> =>
  Effect.asVoid(commandOutput(what, argv, timeoutSeconds))

/** As `hostCommand`; answers the end of what the command wrote. */
export const commandOutput = (
  what: string,
  argv: CommandLine,
  timeoutSeconds: number,
): Effect.Effect<string, InfrastructureError> => {
  const fail = (why: string, cause?: unknown) =>
    Effect.fail(
      new InfrastructureError({
        message: `cannot ${what}: the command "${showCommand(argv)}" ${why}; try it by hand on this machine`,
        cause,
      }),
    )
  return Effect.callback<string, InfrastructureError>((resume, signal) => {
    runCommand(argv, signal).then(
      ({ status, output }) => {
        if (status === 0) return resume(Effect.succeed(output))
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
