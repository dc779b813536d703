import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { jobDirectory } from "./core/lab/job-directory.ts"
import type { PlannedJob } from "./planned-job.ts"
import { tellTransfer } from "./actions/transfer/tell-transfer.ts"
import { sharedServer } from "./core/net/listening.ts"
import type { Network } from "./core/net/network.ts"
import { JobSegment, makeSegment, type Segment } from "./core/net/segment/segment.ts"
import { DeviceServers, makeServers } from "./core/net/servers.ts"
import type { InfrastructureError } from "./core/pipeline/errors.ts"
import { Events } from "./core/pipeline/events.ts"

/**
 * The network that a job's devices are on and the servers there, until the Scope closes: a segment of the job's own, made
 * when an action asks for it, or the network that the jobs of the lab share.
 *
 * Fails with InfrastructureError where there is no room for what belongs to the segment.
 */
export const jobNetwork = ({
  id,
  nodes: [{ device }],
  segment: plan,
}: PlannedJob): Effect.Effect<
  Context.Context<JobSegment | DeviceServers>,
  InfrastructureError,
  DeviceServers | Events | Scope.Scope
> =>
  Effect.gen(function* () {
    if (!plan) {
      const segment = Effect.die(new Error("the job is on the network that all jobs share"))
      return Context.add(Context.make(JobSegment, { segment }), DeviceServers, yield* DeviceServers)
    }
    const { emit } = yield* Events
    const directory = yield* jobDirectory(`${id}-segment`)
    let made: Segment | undefined
    const segment = sharedServer(
      yield* Effect.scope,
      makeSegment(plan, directory, (line) =>
        emit({ type: "log", level: "debug", message: `DHCP: ${line}` }),
      ).pipe(Effect.tap((segment) => Effect.sync(() => (made = segment)))),
    )
    const own = (): Segment => {
      if (made) return made
      throw new Error("no action has made the job's network segment")
    }
    const network: Network = {
      shared: false,
      listen: (server, at) => own().listen(server, at),
      bind: (at) => own().bind(at),
      inside: (command) => own().inside(command),
    }
    // Whoever asks for anything there is a device of the job's.
    const servers = yield* makeServers(device.dispatcher, yield* tellTransfer(), network)
    return Context.add(Context.make(JobSegment, { segment }), DeviceServers, servers)
  })
