import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { InfrastructureError } from "../../pipeline/errors.ts"
import { connectSsh, type SshLimits } from "../../ssh/connect.ts"
import type { Transport } from "../transport.ts"
import { openSession } from "./session.ts"
import type { SshSettings } from "./settings.ts"

/**
 * Opens a console that another host has: a command that is run there by ssh, or the shell that a login there gives
 * (some console servers put the console in its place). It has a terminal of its own, for a command one that passes
 * every byte as it is, and the command gets a hangup when the console is closed. A host that shows an unexpected key
 * is refused. Fails with InfrastructureError, saying what to check, when it cannot be opened.
 */
export const openSsh = (
  settings: SshSettings,
  limits?: SshLimits,
): Effect.Effect<Transport, InfrastructureError, Scope.Scope> =>
  connectSsh(
    settings,
    { what: "the console", start: (connection) => openSession({ ...connection, settings }) },
    limits,
  )
