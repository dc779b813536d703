import type { Socket } from "node:net"
import { userInfo } from "node:os"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Client, ConnectConfig } from "ssh2"
import { connectTcp, showAddress } from "../tcp.ts"
import { InfrastructureError, messageOf } from "../pipeline/errors.ts"
import { expectedHostKey } from "./host-key.ts"
import { prepareLogin } from "./login.ts"
import type { SshLogin } from "./settings.ts"

/** How long an ssh server may take. */
export interface SshLimits {
  /** To greet, to log us in and to start what is wanted of it, in seconds. */
  readonly loginSeconds: number
  /** It is asked for a sign of life this often, in seconds; when it has missed two, it is dead. */
  readonly aliveSeconds: number
}

const usualLimits: SshLimits = { loginSeconds: 20, aliveSeconds: 10 }
const missesOfTheLiving = 2

/** Why a login cannot be, however long one waits: a key that is not right, at either end. */
class Refusal extends Error {}

/** Whether a login failed for good: not because the host is down or on its way up. */
export const isRefusal = ({ cause }: InfrastructureError): boolean => cause instanceof Refusal

/** A connection to an ssh server that has let us in. */
export interface SshConnection {
  readonly client: Client
  /** The client's connection. */
  readonly sock: Socket
  /** "ssh lab@host" */
  readonly description: string
  /** After this time without a sign of life the client takes the server for dead. */
  readonly silentSeconds: number
}

/** What a login is for. */
export interface SshPurpose<A> {
  /** What cannot be opened when the login fails: "the console". */
  readonly what: string
  /** Starts it. Rejects with the end of a sentence. */
  readonly start: (connection: SshConnection) => Promise<A>
}

/** A server as messages name it: "ssh lab@host", with its port where that is not 22. */
const describeSsh = ({ host, port, user = userInfo().username }: SshLogin): string =>
  `ssh ${user}@${port === 22 ? host : showAddress({ host, port })}`

/**
 * Logs in to an ssh server, until the Scope closes. A host that shows an unexpected key is refused. Fails with
 * InfrastructureError, saying what to check.
 */
export const connectSsh = <A>(
  login: SshLogin,
  { what, start }: SshPurpose<A>,
  { loginSeconds, aliveSeconds }: SshLimits = usualLimits,
): Effect.Effect<A, InfrastructureError, Scope.Scope> =>
  Effect.gen(function* () {
    const { host, port, user = userInfo().username } = login
    const description = describeSsh(login)
    const cannotOpen = (why: string, cause?: unknown) =>
      new InfrastructureError({
        message: `${what} at ${description} cannot be opened: ${why}`,
        cause,
      })
    const attempt = <A>(open: () => Promise<A>) =>
      Effect.tryPromise({
        try: open,
        catch: (cause) => cannotOpen(messageOf(cause), cause),
      })
    const prepare = <A>(open: () => Promise<A>) =>
      attempt(() =>
        open().catch((cause: unknown) => {
          throw new Refusal(messageOf(cause), { cause })
        }),
      )

    const { Client, utils } = (yield* attempt(() => import("ssh2"))).default
    const hostKey = yield* prepare(() => expectedHostKey(login))
    const prepared = yield* prepare(() => prepareLogin(login, user, utils.parseKey))
    const words = { what, description, server: "its ssh server" }
    const sock = yield* connectTcp({ host, port }, words)
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
        authHandler: prepared.authHandler,
      }).catch((error: Failure) => {
        const why = refusal ?? advice(error, prepared.refusal())
        const refused = refusal !== undefined || error.level === "client-authentication"
        throw new (refused ? Refusal : Error)(why, { cause: error })
      })
      const silentSeconds = (missesOfTheLiving + 1) * aliveSeconds
      return await start({ client, sock, description, silentSeconds })
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
