import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { InfrastructureError } from "../pipeline/errors.ts"

/** What is listened with, for messages. */
export interface ListenerName {
  /** "TFTP server" */
  readonly what: string
  readonly bind: string
  /** "UDP port 69" */
  readonly port: string
  /** "dispatcher.tftp.port": where the lab file sets the port. */
  readonly setting: string
}

/** Something that listens until the Scope closes. */
export const listening = <A extends { readonly close: () => Promise<void> }>(
  name: ListenerName,
  listen: () => Promise<A>,
): Effect.Effect<A, InfrastructureError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({ try: listen, catch: (error) => listenError(name, error as Error) }),
    (listener) => Effect.promise(() => listener.close()),
  )

/**
 * A server that is started by the first who asks for it, and shared by all until `scope` closes. If it
 * could not be started, the next who asks tries again.
 */
export const sharedServer = <A>(
  scope: Scope.Scope,
  start: Effect.Effect<A, InfrastructureError, Scope.Scope>,
): Effect.Effect<A, InfrastructureError> => {
  const one = Semaphore.makeUnsafe(1)
  let running: A | undefined
  return one.withPermits(1)(
    Effect.suspend(() =>
      running !== undefined
        ? Effect.succeed(running)
        : start.pipe(
            Scope.provide(scope),
            Effect.tap((server) => Effect.sync(() => (running = server))),
            Effect.uninterruptible,
          ),
    ),
  )
}

const listenError = (
  { what, bind, port, setting }: ListenerName,
  error: NodeJS.ErrnoException,
): InfrastructureError => {
  const [why, remedy] = reasons[error.code ?? ""] ?? [error.message, "Look for the cause there"]
  const anotherPort = `set "${setting}" in the lab file to another port, or to 0 for any`
  return new InfrastructureError({
    message: `The ${what} cannot listen on ${port} of ${bind}: ${why}. ${remedy.replace("ANOTHER_PORT", anotherPort)}.`,
    cause: error,
  })
}

const reasons: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  EADDRINUSE: ["another program has it", "Stop that program, or ANOTHER_PORT"],
  EACCES: [
    "ports below 1024 need privileges",
    "Run as root, lower the sysctl net.ipv4.ip_unprivileged_port_start, or ANOTHER_PORT",
  ],
  EADDRNOTAVAIL: [
    "this machine does not have that address",
    'Correct "dispatcher.bind" in the lab file',
  ],
}
