/** Makes a network segment, writes the process that is in it, and holds it until it is killed. */
import { mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { makeSegment } from "../../../../src/core/net/segment/segment.ts"
import { readSubnet } from "../../../../src/core/net/segment/subnet.ts"

const directory = await mkdtemp(join(tmpdir(), "lab-dispatch-test-"))
const plan = {
  subnet: readSubnet("10.77.0.1/24")!,
  dhcp: "server",
  tftpPort: 69,
  members: [],
} as const
await Effect.runPromise(
  Effect.gen(function* () {
    const { pid } = yield* makeSegment(plan, directory, () => {})
    process.stdout.write(`${pid}\n`)
    return yield* Effect.never
  }).pipe(Effect.scoped),
)
