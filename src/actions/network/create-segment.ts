import * as Effect from "effect/Effect"
import type { JobServices } from "../../core/lab/services.ts"
import { JobSegment, segmentPrograms, type SegmentPlan } from "../../core/net/segment/segment.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { watchFor } from "../../core/pipeline/breakdown.ts"

/** Makes the network segment of an isolated job, gone with the job. */
export const createSegment = (plan: SegmentPlan): Action<JobServices> => {
  const { subnet, dhcp, members } = plan
  return action({
    name: "create-segment",
    description: `make a network segment of the job's own, where the dispatcher is ${subnet.cidr}`,
    programs: segmentPrograms(plan),
    details: [
      ...members.flatMap(({ mac, address }) =>
        address === undefined ? [] : [`give ${mac} the address ${address} by DHCP`],
      ),
      ...(dhcp === "none"
        ? []
        : members.flatMap(({ name, bootFile }) =>
            bootFile === undefined
              ? []
              : [`tell ${name} to boot ${bootFile} by ${dhcpNames[dhcp]}`],
          )),
    ],
    timeoutSeconds: 60,
    run: Effect.gen(function* () {
      const { segment } = yield* JobSegment
      const { broken } = yield* segment
      yield* watchFor(broken)
    }),
  })
}

const dhcpNames = { server: "DHCP", proxy: "proxy-DHCP" } as const
