import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { NodeRole } from "./core/job/nodes.ts"
import {
  CanceledError,
  type DispatchError,
  followedBy,
  withDetails,
} from "./core/pipeline/errors.ts"
import { makeExchange } from "./core/multinode/job-exchange.ts"
import type { JobSegment } from "./core/net/segment/segment.ts"
import { Events, type NodeEvent } from "./core/pipeline/events.ts"
import { endOf, type JobEnd } from "./job-end.ts"
import type { PlannedJob, PlannedNode } from "./planned-job.ts"
import { runNode, type SharedServices } from "./run-node.ts"

type Node = PlannedNode & { readonly role: NodeRole }

/**
 * Runs the nodes of a job with roles, all at once, to their ends. When one of an essential role fails, the others are
 * ended; else they go on, unless they wait for it. Fails with what the first node failed with; interrupted, it ends
 * when all nodes have cleaned up.
 */
export const runNodes = (
  job: PlannedJob,
  emit: (event: NodeEvent) => void,
): Effect.Effect<void, DispatchError, SharedServices | JobSegment> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const nodes = job.nodes.filter((node): node is Node => node.role !== undefined)
      const exchange = makeExchange(nodes.map(({ role }) => role))
      /** What ends each of those that go on. */
      const dooms = new Map(
        nodes.map((node) => [node, Deferred.makeUnsafe<never, DispatchError>()]),
      )
      let first: DispatchError | undefined

      const failed = (node: Node, error: DispatchError) => {
        if (!dooms.delete(node)) return
        const { node: name, essential } = node.role
        if (error._tag !== "CanceledError") {
          first ??= withDetails(error, { device: node.device.name })
          const message = `ended at once, since ${name} (${node.device.name}) failed, which is essential: ${error.message}`
          const end = Effect.fail(new CanceledError({ message }))
          if (essential) for (const doom of dooms.values()) Deferred.doneUnsafe(doom, end)
        }
        // Last: what others fail with when they hear of it is not what came first.
        exchange.leave(name, `failed: ${error.message}`)
      }
      const run = (node: Node, doomed: Effect.Effect<never, DispatchError>) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.gen(function* () {
            const { node: name } = node.role
            const tell = (event: NodeEvent) => emit({ ...event, node: name })
            const start = yield* Clock.currentTimeMillis
            const work = runNode(job, node, exchange.forNode(name), (error) => failed(node, error))
            const exit = yield* Effect.exit(
              restore(Effect.raceFirst(work, doomed)).pipe(
                Effect.provideService(Events, { emit: tell }),
              ),
            )
            const ended = endOf(exit, node.device.name)
            if (ended.error) failed(node, ended.error)
            exchange.leave(name, "has ended")
            const end = yield* Clock.currentTimeMillis
            tell({ type: "node-ended", ...ended, durationSeconds: (end - start) / 1000 })
            return ended
          }),
        )

      const fibers = yield* Effect.forEach([...dooms], ([node, doom]) =>
        Effect.forkDetach(run(node, Deferred.await(doom))),
      )
      const all = Fiber.awaitAll(fibers)
      const waited = yield* Effect.exit(restore(all))
      // A node that is interrupted cleans up; how that went is told by its end.
      if (Exit.isFailure(waited)) yield* Fiber.interruptAll(fibers)
      const ends = (yield* all).flatMap((exit) => (Exit.isSuccess(exit) ? [exit.value] : []))
      const error = Exit.isFailure(waited) ? together(ends) : first
      if (error) return yield* error
    }),
  )

/** What a canceled job has to say: what went wrong with each of its nodes, each thing once. */
const together = (ends: ReadonlyArray<JobEnd>): DispatchError =>
  ends
    .flatMap(({ error }) => error ?? [])
    .reduce<DispatchError>(
      (all, next) => (all.message.includes(next.message) ? all : followedBy(all, next)),
      new CanceledError({ message: "the job was canceled" }),
    )
