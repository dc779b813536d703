import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { HostProgram } from "../../host-program.ts"
import { InfrastructureError, messageOf } from "../../pipeline/errors.ts"
import type { Network } from "../network.ts"
import { Holder } from "./holder.ts"

/** A network namespace (network_namespaces(7)): interfaces, addresses and ports of its own. */
export interface NetworkNamespace extends Network {
  /** A process that is in it. */
  readonly pid: number
  /** Fails when the namespace has ended before its time. */
  readonly broken: Effect.Effect<never, InfrastructureError>
}

/** What it takes to make one and to run commands in it. */
export const namespacePrograms: ReadonlyArray<HostProgram> = ["unshare", "nsenter"].map(
  (command) => ({ command, debian: "util-linux" }),
)

/** The ways to make one: by root's right, else as root of a user namespace of one's own (user_namespaces(7)). */
const ways = [
  { unshare: ["--net"], enter: ["--net"] },
  {
    unshare: ["--user", "--map-root-user", "--net"],
    enter: ["--user", "--preserve-credentials", "--net"],
  },
]

/**
 * Makes a network namespace that lasts until the Scope closes; it is gone, too, when the dispatcher is killed.
 *
 * Fails with InfrastructureError where this user may make none.
 */
export const makeNamespace: Effect.Effect<NetworkNamespace, InfrastructureError, Scope.Scope> =
  Effect.acquireRelease(
    Effect.gen(function* () {
      const reasons: Array<string> = []
      for (const { unshare, enter } of ways) {
        const started = yield* Effect.promise(() =>
          Holder.start(["unshare", ...unshare, "--"]).catch((error: unknown) => messageOf(error)),
        )
        if (typeof started !== "string") return { holder: started, enter }
        reasons.push(`"unshare ${unshare.join(" ")}" says "${started}"`)
      }
      return yield* new InfrastructureError({
        message: `this machine cannot give the job a network of its own: ${reasons.join(", and ")}; run the dispatcher as root, or allow its user to make user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone)`,
      })
    }),
    ({ holder }) => Effect.promise(() => holder.close()),
  ).pipe(
    Effect.map(({ holder, enter }) => ({
      shared: false,
      pid: holder.pid,
      listen: holder.listen,
      bind: holder.bind,
      inside: (command) => ["nsenter", "--target", `${holder.pid}`, ...enter, "--", ...command],
      broken: Effect.flatMap(
        Effect.promise(() => holder.ended),
        () =>
          new InfrastructureError({
            message: "the job's network segment is gone: the process that held it has ended",
          }),
      ),
    })),
  )
