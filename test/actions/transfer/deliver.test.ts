import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { deliver } from "../../../src/actions/transfer/deliver.ts"
import { DeviceServers } from "../../../src/core/net/servers.ts"
import { DispatcherSettings } from "../../../src/core/net/settings.ts"
import { Events, type JobEventBody } from "../../../src/core/pipeline/events.ts"
import { temporaryDirectory } from "../../core/console/peers.ts"

const settings = DispatcherSettings.parse({ address: "127.0.0.1", tftp: { port: 0 } })

it.live("tells the job's log of each transfer: who, what, how much", () =>
  Effect.gen(function* () {
    const path = join(yield* temporaryDirectory, "rootfs.tar")
    const bytes = Buffer.alloc(3_000_000, "x")
    writeFileSync(path, bytes)
    const sha256 = createHash("sha256").update(bytes).digest("hex")
    const events: Array<JobEventBody> = []
    for (const method of ["http", "netcat"] as const) {
      yield* Effect.scoped(
        Effect.gen(function* () {
          const file = { path, name: "rootfs.tar", size: bytes.length, sha256 }
          const fetch = yield* deliver(file, method)
          const count = `${fetch} | wc -c`
          const { stdout } = yield* Effect.promise(() => promisify(execFile)("sh", ["-c", count]))
          expect(stdout.trim()).toBe("3000000")
        }),
      ).pipe(Effect.provideService(Events, { emit: (event) => void events.push(event) }))
    }
    const transfers = events.flatMap((event) =>
      event.type === "log" && event.transfer ? [event] : [],
    )
    const whole = { direction: "to-device", bytes: 3_000_000, retransmits: 0, outcome: "complete" }
    expect(transfers).toMatchObject([
      {
        level: "debug",
        message: expect.stringMatching(
          /^http \/\w+\/rootfs.tar: 3000000 bytes to 127.0.0.1:\d+ in \d+ ms, complete$/,
        ),
        transfer: { ...whole, protocol: "http" },
      },
      { level: "debug", transfer: { ...whole, protocol: "netcat", file: "rootfs.tar" } },
    ])
  }).pipe(Effect.provide(DeviceServers.layer(settings))),
)
