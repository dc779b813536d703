import { createHash } from "node:crypto"
import { type Stats, statSync } from "node:fs"
import { connect, createServer, type Server } from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { InfrastructureError, messageOf } from "../pipeline/errors.ts"
import type { Device } from "./device.ts"

/** A name that jobs agree on, of which one job at a time has it. */
export interface NamedLock {
  readonly lock: string
}

/** What one job at a time can have. */
export type Reservable = Device | NamedLock

/** What is reserved, as it reads in a sentence. */
export const reservableName = (what: Reservable): string =>
  "lock" in what ? `the lock "${what.lock}"` : what.name

/**
 * Takes a device or a lock for one job until the Scope closes, against every other job on this machine, whoever runs
 * it. A reservation is a listening socket in Linux's abstract namespace (unix(7)): the kernel lets one
 * process have the name, and takes it back in whatever way that process ends, so none is ever stale.
 *
 * Fails with InfrastructureError, which names the holder, where it is taken.
 *
 * @param holder who takes it, as others will read it: "job smoke-test, process 4711"
 */
export const reserve = (
  what: Reservable,
  holder: string,
): Effect.Effect<void, InfrastructureError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: () => listen(socketName(what), holder),
      catch: (cause) =>
        new InfrastructureError({
          message: `${reservableName(what)} cannot be reserved: ${messageOf(cause)}`,
          cause,
        }),
    }).pipe(
      Effect.catch((error) =>
        Effect.gen(function* () {
          if ((error.cause as NodeJS.ErrnoException).code !== "EADDRINUSE") return yield* error
          const other = (yield* holderOf(what)) ?? "another job"
          const advice = "lock" in what ? `give the job a "timeouts.queue"` : "take another device"
          return yield* new InfrastructureError({
            message: `${reservableName(what)} is in use by ${other}: wait for it, or ${advice}`,
          })
        }),
      ),
    ),
    (server) => Effect.promise(() => new Promise<void>((done) => server.close(() => done()))),
  ).pipe(Effect.asVoid)

/** Who has a device or a lock now: what was said at `reserve`; undefined where nobody has. */
export const holderOf = (what: Reservable): Effect.Effect<string | undefined> =>
  Effect.promise(() => ask(socketName(what)))

/**
 * In the order in which all jobs reserve: two that want the same things cannot each hold what the other waits for. Locks
 * come first, so that who waits for one keeps no device from others.
 */
export const inOrder = (all: ReadonlyArray<Reservable>): ReadonlyArray<Reservable> => {
  const keyed = all.map((what) => ({ what, key: `${"lock" in what ? 0 : 1}${socketName(what)}` }))
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ what }) => what)
}

const socketName = (what: Reservable): string => {
  const identity = JSON.stringify("lock" in what ? ["lock", what.lock] : lineTo(what))
  return `\0lab-dispatch/${createHash("sha256").update(identity).digest("hex").slice(0, 32)}`
}

/**
 * A board is where its console is: two lab files may name one board differently, and set or log in to its console
 * differently. A command may start an emulator for whoever runs it, so there the name counts as well.
 */
const lineTo = ({ name, console }: Device): ReadonlyArray<unknown> => {
  const { serial, tcp, telnet, ssh, command } = console ?? {}
  if (serial) return ["serial", ...lineAt(serial.path)]
  if (ssh) return ["ssh", ssh.host, ssh.port, ssh.user, ssh.command]
  const socket = tcp ?? telnet
  return socket ? ["tcp", socket.host, socket.port] : [name, command]
}

/** The device behind a path, by whatever name it goes; what is no device, or not there now, by its path. */
const lineAt = (path: string): ReadonlyArray<unknown> => {
  const found = fileAt(path)
  if (!found?.isCharacterDevice()) return [path]
  const major = (found.rdev >> 8) & 0xfff
  // Each container numbers its pseudo-terminals anew (major numbers 136 to 143), in a file system of its own.
  const isPseudo = major >= 136 && major <= 143
  return isPseudo ? [found.rdev, found.dev] : [found.rdev]
}

const fileAt = (path: string): Stats | undefined => {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

const listen = (path: string, holder: string): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on("error", () => {})
      socket.end(holder)
    })
    server.once("error", reject)
    server.listen({ path }, () => resolve(server))
  })

/** Asks the holder who it is; one that is too busy to say is somebody all the same. */
const ask = (path: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    let answer = ""
    const socket = connect({ path })
    const finish = (holder: string | undefined) => {
      socket.destroy()
      resolve(holder)
    }
    socket.setTimeout(1000, () => finish(answer || "another job"))
    socket.setEncoding("utf8")
    socket.on("data", (text: string) => (answer += text))
    socket.on("error", () => finish(answer || undefined))
    socket.on("end", () => finish(answer || "another job"))
  })
