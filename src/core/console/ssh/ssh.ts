import { userInfo } from "node:os"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Client, ConnectConfig } from "ssh2"
import { InfrastructureError, messageOf } from "../../pipeline/errors.ts"
import { connectTcp, showAddress } from "../tcp.ts"
import type { Transport } from "../transport.ts"
import { expectedHostKey } from "./host-key.ts"
import { prepareLogin } from "./login.ts"
import { openSession } from "./session.ts"
import type { SshSettings } from "./settings.ts"

/** How long an ssh server may take. */
export interface SshLimits {
  /** To greet, to log us in and to start the session, in seconds. */
  readonly loginSeconds: number
  /** It is asked for a sign of life this often, in seconds; when it has missed two, it is dead. */
  readonly aliveSeconds: number
}

const usualLimits: SshLimits = { loginSeconds: 20, aliveSeconds: 10 }
const missesOfTheLiving = 2

/**
 * Opens a console that another host has: a command that is run there by ssh, or the shell that a login there gives
 * (some console servers put the console in its place). It has a terminal of its own, for a command one that passes
 * every byte as it is, and the command gets a hangup when the console is closed. A host that shows an unexpected key
 * is refused. Fails with InfrastructureError, saying what to check, when it cannot be opened.
 */
export const openSsh = (
  settings: SshSettings,
  { loginSeconds, aliveSeconds }: SshLimits = usualLimits,
): Effect.Effect<Transport, InfrastructureError, Scope.Scope> =>
  Effect.gen(function* () {
    const { host, port, user = userInfo().username } = settings
    const description = `ssh ${user}@${port === 22 ? host : showAddress(settings)}`
    const cannotOpen = (why: string, cause?: unknown) =>
      new InfrastructureError({
        message: `the console at ${description} cannot be opened: ${why}`,
        cause,
      })
    const attempt = <A>(open: () => Promise<A>) =>
      Effect.tryPromise({
        try: open,
        catch: (cause) => cannotOpen(messageOf(cause), cause),
      })

    const { Client, utils } = (yield* attempt(() => import("ssh2"))).default
    const hostKey = yield* attempt(() => expectedHostKey(settings))
    const login = yield* attempt(() => prepareLogin(settings, user, utils.parseKey))
    const sock = yield* connectTcp({ host, port }, { description, server: "its ssh server" })
    const client = new Client()
    yield* Effect.addFinalizer(() => Effect.sync(() => client.end()))
    let stage = "greet as an ssh server does"
    client.once("handshake", () => (stage = "finish the login"))
    client.once("ready", () => (stage = "start the session"))
    let refusal: string | undefined
    const opening = attempt(async () => {
      await loggedIn(client, {
        sock,
        username: user,
        readyTimeout: 0,
        keepaliveInterval: aliveSeconds * 1000,
        keepaliveCountMax: missesOfTheLiving,
        algorithms: { serverHostKey: hostKey.algorithms },
        hostVerifier: (key: Buffer) => (refusal = hostKey.refusal(key)) === undefined,
        authHandler: login.authHandler,
      }).catch((error: Failure) => {
        throw new Error(refusal ?? advice(error, login.refusal()), { cause: error })
      })
      const silentSeconds = (missesOfTheLiving + 1) * aliveSeconds
      return await openSession({ client, sock, settings, description, silentSeconds })
    })
    return yield* Effect.timeoutOrElse(opening, {
      duration: `${loginSeconds} seconds`,
      orElse: () => Effect.fail(cannotOpen(`it did not ${stage} within ${loginSeconds} s`)),
    })
  })

/** What ssh2 says of an error. */
type Failure = Error & { readonly level?: string }

const loggedIn = (client: Client, config: ConnectConfig): Promise<void> =>
  new Promise((resolve, reject) => {
    let agentError: Failure | undefined
    client.on("ready", resolve)
    // Stays: an error that nobody listens to would end the whole process.
    client.on("error", (error: Failure) => {
      // After the agent's, the other ways to log in are tried.
      if (error.level === "agent") agentError = error
      else reject(agentError ?? error)
    })
    client.on("close", () => reject(agentError ?? new Error("the connection was closed")))
    client.connect(config)
  })

const advice = ({ level, message }: Failure, refused: string): string => {
  switch (level) {
    case "client-authentication":
      return refused
    case "agent":
      return `the ssh-agent does not help: ${message}; check that it runs and has the key (ssh-add -l)`
    case "protocol":
      return `what answers there is not an ssh server, or hung up at once (${message})`
    case "handshake":
      return `the ssh server and the dispatcher do not agree on how to encrypt (${message})`
    case undefined:
    default:
      return `the ssh server ended the login (${message})`
  }
}
