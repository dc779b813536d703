import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { makeExchange } from "./core/multinode/job-exchange.ts"
import { reserveWithin } from "./core/lab/queue.ts"
import type { DispatchError } from "./core/pipeline/errors.ts"
import { Events, type JobStarted, type NodeEvent } from "./core/pipeline/events.ts"
import { describeActions, usualActions } from "./core/pipeline/plan.ts"
import { jobNetwork } from "./job-network.ts"
import { endOf, type JobEnd } from "./job-end.ts"
import type { PlannedJob } from "./planned-job.ts"
import { runNode, type SharedServices } from "./run-node.ts"
import { runNodes } from "./run-nodes.ts"

/**
 * Runs a planned job on its devices: reserves them, runs the plans, gives everything back, and says how it
 * ended. It never fails; interrupted, it cleans up first.
 */
export const runJob = (
  job: PlannedJob,
  emit: (event: NodeEvent) => void,
): Effect.Effect<JobEnd, never, SharedServices> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const start = yield* Clock.currentTimeMillis
      emit(jobStarted(job))
      for (const message of job.warnings) emit({ type: "log", level: "warning", message })
      const exit = yield* Effect.exit(restore(onDevices(job, emit)))
      const ended = endOf(exit, job.nodes.length === 1 ? job.nodes[0].device.name : undefined)
      const end = yield* Clock.currentTimeMillis
      emit({ type: "job-ended", ...ended, durationSeconds: (end - start) / 1000 })
      return ended
    }),
  )

const jobStarted = ({ id, name, nodes, metadata }: PlannedJob): JobStarted => {
  const actions = nodes.flatMap(({ plan }) => usualActions(plan.blocks)).filter(({ run }) => run)
  const started = nodes.flatMap(({ role, device, plan }) =>
    role
      ? {
          node: role.node,
          role: role.role,
          device: device.name,
          deviceType: device.type,
          plan: describeActions(plan.blocks),
        }
      : [],
  )
  return {
    type: "job-started",
    job: name,
    jobId: id,
    device: nodes.map(({ device }) => device.name).join(", "),
    deviceType: [...new Set(nodes.map(({ device }) => device.type))].join(", "),
    actions: actions.length,
    ...(metadata && { metadata }),
    ...(started.length > 0 ? { nodes: started } : { plan: describeActions(nodes[0].plan.blocks) }),
  }
}

/** All that the job needs is reserved before any device is touched. */
const onDevices = (
  job: PlannedJob,
  emit: (event: NodeEvent) => void,
): Effect.Effect<void, DispatchError, SharedServices> =>
  Effect.gen(function* () {
    const { name, nodes, lock, queueSeconds } = job
    const devices = nodes.filter(({ shared }) => !shared).map(({ device }) => device)
    const wanted = [...devices, ...(lock === undefined ? [] : [{ lock }])]
    yield* reserveWithin(wanted, `the job "${name}", process ${process.pid}`, queueSeconds)
    const [node] = nodes
    const work = node.role
      ? runNodes(job, emit)
      : runNode(job, node, makeExchange([]).forNode(node.device.name))
    yield* Effect.provideContext(work, yield* jobNetwork(job))
  }).pipe(Effect.scoped, Effect.provideService(Events, { emit }))
