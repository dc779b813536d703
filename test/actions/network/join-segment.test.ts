import { execa } from "execa"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { joinSegment } from "../../../src/actions/network/join-segment.ts"
import type { JobServices } from "../../../src/core/lab/services.ts"
import { JobSegment, makeSegment } from "../../../src/core/net/segment/segment.ts"
import { readSubnet } from "../../../src/core/net/segment/subnet.ts"
import { CurrentDeadline } from "../../../src/core/pipeline/deadline.ts"
import { Events } from "../../../src/core/pipeline/events.ts"
import { skipped } from "../../namespaces.ts"
import { makeDevice } from "../../core/lab/make-device.ts"

const plan = {
  subnet: readSubnet("10.77.0.1/24")!,
  dhcp: "none",
  tftpPort: 69,
  members: [],
} as const

/** Names of network interfaces. */
const interfaces = (...enter: ReadonlyArray<string>) =>
  Effect.promise(async () => {
    const [program, ...words] = [...enter, "ip", "-brief", "link"]
    const { stdout } = await execa(program, words)
    return stdout.split("\n").map((line) => line.split(/[\s@]/)[0] ?? "")
  })

// Only root moves interfaces of the machine.
const isRoot = process.geteuid?.() === 0

describe.skipIf(skipped !== "" || !isRoot)(
  `an interface of the lab file, as root${skipped}`,
  () => {
    it.live("is on the segment's bridge until the job ends, and then back", () =>
      Effect.gen(function* () {
        const name = `ld${process.pid}`
        yield* Effect.acquireRelease(
          Effect.promise(() =>
            execa("ip", ["link", "add", name, "type", "veth", "peer", "name", `${name}p`]),
          ),
          () => Effect.promise(() => execa("ip", ["link", "del", name], { reject: false })),
        )
        const messages: Array<unknown> = []
        yield* Effect.gen(function* () {
          const segment = yield* makeSegment(plan, "/nowhere", () => {})
          const device = makeDevice({ network: { interface: name, leave: ["false"] } })
          const join = joinSegment(device).run as Effect.Effect<void, Error, JobServices>
          yield* Effect.provideService(join, JobSegment, { segment: Effect.succeed(segment) })
          expect(yield* interfaces(...segment.inside([]))).toContain(name)
          expect(yield* interfaces()).not.toContain(name)
        }).pipe(
          Effect.scoped,
          Effect.provideService(CurrentDeadline, Date.now() + 20_000),
          Effect.provideService(Events, { emit: (event) => messages.push(event) }),
        ) as Effect.Effect<void, Error>
        expect(yield* interfaces()).toContain(name)
        // What cannot be undone is told, and the job ends all the same.
        expect(JSON.stringify(messages)).toMatch(/cannot take board out of its network segment/)
      }).pipe(Effect.scoped),
    )
  },
)
