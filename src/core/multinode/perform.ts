import * as Effect from "effect/Effect"
import { type InfrastructureError, JobError } from "../pipeline/errors.ts"
import { dataKey, findData, type JobData, setData } from "../pipeline/job-data.ts"
import type { Call } from "./call.ts"
import { Exchange, type Messages, withRole } from "./exchange.ts"

/** How often this node has met the others under a name. */
const Rounds = dataKey<ReadonlyMap<string, number>>("the rounds of lava-sync", "job")

/**
 * Does what a test on the device asks of the other nodes, by LAVA's rules: `lava-wait` waits for any other node,
 * `lava-wait-all` for all others or those with a role, `lava-sync` until all are there, as often as they like under one
 * name. Answers what was sent under the name. Fails with JobError where a wait ends without, with
 * InfrastructureError where the others cannot be reached.
 *
 * @param seconds the longest that it waits
 */
export const perform = (
  call: Call,
  seconds: number,
): Effect.Effect<Messages, JobError | InfrastructureError, Exchange | JobData> =>
  Effect.gen(function* () {
    const exchange = yield* Exchange
    const { self, members, send, receive } = exchange
    const { id } = call
    const others = members.flatMap(({ node }) => (node === self ? [] : [node]))
    const patience = { what: `"${id}"`, seconds }
    switch (call.type) {
      case "SEND":
        yield* send(id, call.message)
        return new Map()
      case "WAIT":
        return yield* receive(id, { any: others }, patience)
      case "WAIT_ALL": {
        if (call.role === undefined) return yield* receive(id, { all: others }, patience)
        const wanted = withRole(exchange, call.role)
        if (wanted.length === 0) {
          const roles = [...new Set(members.map(({ role }) => role))].join(", ")
          return yield* new JobError({ message: `there is no role ${call.role}, but ${roles}` })
        }
        const all = wanted.filter((node) => node !== self)
        return yield* receive(id, { all }, { ...patience, what: `"${id}" from ${call.role}` })
      }
      case "SYNC": {
        const rounds = (yield* findData(Rounds)) ?? new Map<string, number>()
        const round = (rounds.get(id) ?? 0) + 1
        // No test can send under such a name, which has blanks.
        const meeting = `sync ${round} of ${id}`
        yield* send(meeting)
        yield* receive(meeting, { all: others }, { ...patience, what: `all to sync "${id}"` })
        // Who did not meet the others is late for this round, not early for the next.
        yield* setData(Rounds, new Map(rounds).set(id, round))
        return new Map()
      }
    }
  })
