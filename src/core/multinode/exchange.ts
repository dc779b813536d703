import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { InfrastructureError, JobError } from "../pipeline/errors.ts"

/** What one node leaves for the others: LAVA's key=value pairs. */
export type Message = Readonly<Record<string, string>>

/** Messages by the node that sent them. */
export type Messages = ReadonlyMap<string, Message>

/** Whose messages a node waits for: each of these, or the first of any. */
export type Senders =
  | { readonly all: ReadonlyArray<string> }
  | { readonly any: ReadonlyArray<string> }

/** How long a node waits for others, and for what. */
export interface Patience {
  /** As it reads in "waited 60 s for ...". */
  readonly what: string
  readonly seconds: number
}

/** A node of the job, as the others know it. */
export interface Member {
  readonly node: string
  readonly role: string
}

/**
 * Where the nodes of one job meet, as one of them sees it: they leave messages under names, and wait for each other's.
 * A message stays, so that who is tried again finds it again; a later one of the same node takes its place. Nothing
 * but texts and numbers goes through it, so that the nodes may be in different processes.
 */
export class Exchange extends Context.Service<
  Exchange,
  {
    /** The node whose view this is. */
    readonly self: string
    /** All nodes of the job, this one too, in the order of their roles. */
    readonly members: ReadonlyArray<Member>
    /** Leaves a message for all nodes. Fails with InfrastructureError where they cannot be reached any more. */
    readonly send: (id: string, message?: Message) => Effect.Effect<void, InfrastructureError>
    /**
     * Waits until these nodes have left messages of this name; answers all of that name. Fails with JobError where they
     * do not in time, and at once, with the reason, where one that is needed has ended without; with
     * InfrastructureError where they cannot be reached any more.
     */
    readonly receive: (
      id: string,
      from: Senders,
      patience: Patience,
    ) => Effect.Effect<Messages, JobError | InfrastructureError>
  }
>()("lab-dispatch/Exchange") {}

/** The nodes that have a role. */
export const withRole = (
  { members }: Pick<Exchange["Service"], "members">,
  role: string,
): ReadonlyArray<string> => members.flatMap((each) => (each.role === role ? [each.node] : []))
