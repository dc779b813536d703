import * as Effect from "effect/Effect"
import { JobError } from "../pipeline/errors.ts"
import { awaited } from "./awaited.ts"
import type { Exchange, Member, Message, Messages } from "./exchange.ts"

/** The exchange of one job whose nodes are all in this process. */
export interface JobExchange {
  readonly forNode: (node: string) => Exchange["Service"]
  /** No message comes from this node any more. Who waits for one is told why, once said. */
  readonly leave: (node: string, reason: string) => void
}

/** Makes the exchange of a job. */
export const makeExchange = (members: ReadonlyArray<Member>): JobExchange => {
  const sent = new Map<string, Map<string, Message>>()
  const gone = new Map<string, string>()
  const waiting = new Set<() => void>()
  const tellAll = () => {
    for (const look of waiting) look()
  }
  const sendersOf = (id: string) => sent.get(id) ?? new Map<string, Message>()

  const receive: Exchange["Service"]["receive"] = (id, from, { what, seconds }) =>
    Effect.callback<Messages, JobError>((resume) => {
      const end = (result: Effect.Effect<Messages, JobError>) => {
        waiting.delete(look)
        resume(result)
      }
      const look = () => {
        const state = awaited(from, sendersOf(id), gone)
        if (state.type === "here") return end(Effect.succeed(new Map(sent.get(id))))
        if (state.type === "open") return
        const { node } = state
        const why =
          node === undefined ? "there is nobody who could send it" : `${node} ${gone.get(node)}`
        end(Effect.fail(new JobError({ message: `waited for ${what}, but ${why}` })))
      }
      waiting.add(look)
      look()
      return Effect.sync(() => waiting.delete(look))
    }).pipe(
      Effect.timeoutOrElse({
        duration: seconds * 1000,
        orElse: () => {
          const state = awaited(from, sendersOf(id), gone)
          const missing = state.type === "open" ? state.missing.join(", ") : "they"
          const message = `waited ${Number(seconds.toFixed(1))} s for ${what}: ${missing} did not come so far`
          return Effect.fail(new JobError({ message, timedOut: true }))
        },
      }),
    )
  return {
    forNode: (self) => ({
      self,
      members,
      send: (id, message = {}) =>
        Effect.sync(() => {
          sent.set(id, sendersOf(id).set(self, message))
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
