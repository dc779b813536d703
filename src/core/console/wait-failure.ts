import { match } from "ts-pattern"
import { InfrastructureError, JobError, type DispatchError } from "../pipeline/errors.ts"
import { shorten } from "../shorten.ts"
import type { DeviceFailure } from "./fail-patterns.ts"
import type { WaitEnd } from "./matcher.ts"

/**
 * Why a wait on a console failed: the `cause` of the error that it failed with, for a caller who
 * gives the failure another class (a timeout or a panic in a test is a TestError).
 */
export class WaitFailure {
  readonly kind: "timeout" | "panic" | "reset" | "closed" | "failure_message"
  /** What the device wrote that told of it: the panic's first line, the firmware's banner, the failure message. */
  readonly line: string | undefined

  constructor(kind: WaitFailure["kind"], line?: string) {
    this.kind = kind
    this.line = line
  }
}

/** Why a wait on a console failed, when it is that which the error tells of. */
export const waitFailure = (error: DispatchError): WaitFailure | undefined =>
  error.cause instanceof WaitFailure ? error.cause : undefined

/** How much of a line stands in messages, in characters. */
const longestShown = 200

interface Where {
  readonly name: string
  readonly description: string
}

interface What {
  readonly what: string
  readonly timeoutSeconds: number
}

/** The error of a wait whose time is over. */
export const timedOut = (
  { name }: Where,
  { what, timeoutSeconds }: What,
  console: ReadonlyArray<string>,
): JobError => {
  const last = console.at(-1) ?? ""
  const seen = last === "" ? "nothing came" : `the last line was "${shorten(last, longestShown)}"`
  const seconds = Number(timeoutSeconds.toFixed(1))
  return new JobError({
    message: `waited ${seconds} s for ${what} on the console ${name}, but it did not come; ${seen}`,
    console,
    cause: new WaitFailure("timeout"),
  })
}

/** The error of a wait that the device or the connection ended. */
export const waitError = (
  { name, description }: Where,
  { what }: What,
  end: Extract<WaitEnd, { type: "failure" | "closed" }>,
  console: ReadonlyArray<string>,
): JobError | InfrastructureError => {
  const deviceFailed = (happened: string, { kind, line }: DeviceFailure) =>
    new JobError({
      message: `${happened} while waiting for ${what} on the console ${name}: "${shorten(line, longestShown)}"`,
      console,
      cause: new WaitFailure(kind, line),
    })
  return match(end)
    .with(
      { type: "closed" },
      ({ reason }) =>
        new InfrastructureError({
          message: `the console ${name} (${description}) was lost while waiting for ${what}: ${reason}`,
          console,
          cause: new WaitFailure("closed"),
        }),
    )
    .with({ failure: { kind: "panic" } }, ({ failure }) =>
      deviceFailed("the kernel panicked", failure),
    )
    .with({ failure: { kind: "reset" } }, ({ failure }) =>
      deviceFailed("the device was reset", failure),
    )
    .exhaustive()
}
