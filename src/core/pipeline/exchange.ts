import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { JobError } from "./errors.ts"

/** What one node leaves for the others: LAVA's key=value pairs. */
export type Message = Readonly<Record<string, string>>

/** Messages by the node that sent them. */
export type Messages = ReadonlyMap<string, Message>

/** How long a node waits for others, and for what. */
export interface Patience {
  /** As it reads in "waited 60 s for ...". */
  readonly what: string
  readonly seconds: number
}

/**
 * Where the nodes of one job meet, as one of them sees it: they leave messages under names, and wait for each other's.
 * A message stays, so that who is tried again finds it again; a later one of the same node takes its place.
 */
export class Exchange extends Context.Service<
  Exchange,
  {
    /** The nodes that have a role. */
    readonly withRole: (role: string) => ReadonlyArray<string>
    /** Leaves a message for all nodes. */
    readonly send: (id: string, message?: Message) => Effect.Effect<void>
    /**
     * Waits until each of these nodes has left a message of this name. Fails with JobError where one does not in time,
     * and at once, with the reason, where one has ended without.
     */
    readonly receive: (
      id: string,
      from: ReadonlyArray<string>,
      patience: Patience,
    ) => Effect.Effect<Messages, JobError>
  }
>()("lab-dispatch/Exchange") {}

/** The exchange of one job. */
export interface JobExchange {
  readonly forNode: (node: string) => Exchange["Service"]
  /** No message comes from this node any more. Who waits for one is told why, once said. */
  readonly leave: (node: string, reason: string) => void
}

/** Makes the exchange of a job. @param roles each node's role, by the node's name */
export const makeExchange = (roles: ReadonlyMap<string, string>): JobExchange => {
  const sent = new Map<string, Map<string, Message>>()
  const gone = new Map<string, string>()
  const waiting = new Set<() => void>()
  const tellAll = () => {
    for (const look of waiting) look()
  }
  const missing = (id: string, from: ReadonlyArray<string>) =>
    from.filter((node) => !sent.get(id)?.has(node))

  const receive: Exchange["Service"]["receive"] = (id, from, { what, seconds }) =>
    Effect.callback<Messages, JobError>((resume) => {
      const end = (result: Effect.Effect<Messages, JobError>) => {
        waiting.delete(look)
        resume(result)
      }
      const look = () => {
        const open = missing(id, from)
        if (open.length === 0) return end(Effect.succeed(new Map(sent.get(id))))
        const lost = open.find((node) => gone.has(node))
        if (lost === undefined) return
        const message = `waited for ${what}, but ${lost} ${gone.get(lost)}`
        end(Effect.fail(new JobError({ message })))
      }
      waiting.add(look)
      look()
      return Effect.sync(() => waiting.delete(look))
    }).pipe(
      Effect.timeoutOrElse({
        duration: seconds * 1000,
        orElse: () => {
          const message = `waited ${Number(seconds.toFixed(1))} s for ${what}: ${missing(id, from).join(", ")} did not come so far`
          return Effect.fail(new JobError({ message }))
        },
      }),
    )
  return {
    forNode: (node) => ({
      withRole: (role) => [...roles].flatMap(([name, its]) => (its === role ? [name] : [])),
      send: (id, message = {}) =>
        Effect.sync(() => {
          const messages = sent.get(id) ?? new Map<string, Message>()
          sent.set(id, messages.set(node, message))
          tellAll()
        }),
      receive,
    }),
    leave: (node, reason) => {
      if (gone.has(node)) return
      gone.set(node, reason)
      tellAll()
    },
  }
}
