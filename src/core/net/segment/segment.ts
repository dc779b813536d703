import { join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { HostProgram } from "../../host-program.ts"
import type { InfrastructureError } from "../../pipeline/errors.ts"
import { hostCommand } from "../../power/host-command.ts"
import { dnsmasqOptions, dnsmasqPrograms, hasIpv6, ipv6Address, startDnsmasq } from "./dnsmasq.ts"
import { makeNamespace, namespacePrograms, type NetworkNamespace } from "./namespace.ts"
import type { SegmentSettings } from "./settings.ts"
import type { Subnet } from "./subnet.ts"

/** A device of a segment, as DHCP knows it. */
export interface SegmentMember {
  readonly name: string
  readonly mac: string | undefined
  /** The address that it gets; one that is free where it is not given. */
  readonly address: string | undefined
  readonly bootFile: string | undefined
}

/** What a job's segment is to be. */
export interface SegmentPlan {
  /** The dispatcher's address in it, and its network. */
  readonly subnet: Subnet
  readonly dhcp: SegmentSettings["dhcp"]
  /** UDP port at which devices ask the dispatcher for files. */
  readonly tftpPort: number
  readonly members: ReadonlyArray<SegmentMember>
}

/** A network segment of a job's own: an Ethernet that its devices and the dispatcher are on, and nobody else. */
export interface Segment extends NetworkNamespace {
  /** The bridge that is the segment's switch. */
  readonly bridge: string
}

/** What it takes to make a segment. */
export const segmentPrograms = ({ dhcp }: SegmentPlan): ReadonlyArray<HostProgram> => [
  ...namespacePrograms,
  { command: "ip", debian: "iproute2" },
  ...(dhcp === "none" ? [] : dnsmasqPrograms),
]

/** The segment of an isolated job. */
export class JobSegment extends Context.Service<
  JobSegment,
  {
    /**
     * Made by the first who asks, gone with the job. Fails with InfrastructureError, which says what this machine has
     * not got.
     */
    readonly segment: Effect.Effect<Segment, InfrastructureError>
  }
>()("lab-dispatch/JobSegment") {}

/** In a namespace of its own, any name does. */
const bridge = "br0"

const setUp = `
  ip link set lo up
  ip link add "$1" type bridge
  ip address add "$2" dev "$1"
  [ -z "$3" ] || ip address add "$3" dev "$1" nodad
  ip link set "$1" up`

const commandSeconds = 10

/**
 * Makes a segment that lasts until the Scope closes, and no longer than this process.
 *
 * @param directory for what the DHCP server writes
 * @param log told what the DHCP server says, a line each
 */
export const makeSegment = (
  plan: SegmentPlan,
  directory: string,
  log: (line: string) => void,
): Effect.Effect<Segment, InfrastructureError, Scope.Scope> =>
  Effect.gen(function* () {
    const namespace = yield* makeNamespace
    const { subnet, dhcp } = plan
    yield* hostCommand(
      "make a bridge for the job's network segment",
      namespace.inside([
        "sh",
        "-ec",
        setUp,
        "sh",
        bridge,
        subnet.cidr,
        hasIpv6() ? ipv6Address : "",
      ]),
      commandSeconds,
    )
    if (dhcp === "none") return { ...namespace, bridge }
    const options = dnsmasqOptions(plan, bridge, join(directory, "dhcp.leases"))
    const server = yield* startDnsmasq(namespace, options, log)
    return { ...namespace, bridge, broken: Effect.raceFirst(namespace.broken, server.broken) }
  })
