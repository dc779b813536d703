import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir, userInfo } from "node:os"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, describe, it } from "vitest"
import { selfReboot } from "../../src/devices/self-reboot.ts"
import { conformance, type TrialDevice } from "../../src/testing.ts"
import { testOf } from "../actions/run-on-board.ts"
import { makeHost } from "../sut/host.ts"

const owner = userInfo().username
const directory = mkdtempSync(join(tmpdir(), "self-reboot-"))
afterAll(() => rmSync(directory, { recursive: true }))

/** A host that fetches its work from a directory of this machine. */
const startHost = async (name: string): Promise<TrialDevice> => {
  const host = await makeHost({ host: name, owner })
  const { spool } = host
  await host.configure(`spool=${spool.directory}`)
  await Effect.runPromise(spool.open({ owner, allow: [] }))
  let end = () => {}
  const served = host.serving(new Promise<void>((resolve) => (end = resolve)))
  const silence = async () => {
    end()
    await Promise.all(host.running().map(host.cut))
    await served
  }
  return {
    entry: { parameters: { spool: dirname(spool.directory) } },
    taken: async () => [
      ...readdirSync(spool.path("queue")).map((name) => `the job ${name} is still in the queue`),
      ...(existsSync(spool.path("current")) ? ["the host still has the job"] : []),
    ],
    silence,
    close: async () => {
      await silence()
      await host.close()
    },
  }
}

conformance({
  plugin: selfReboot,
  deviceType: { extends: "self-reboot", parameters: { owner, poll_seconds: 0.05 } },
  board: startHost,
  jobs: [
    {
      job_name: "on a host that reboots itself",
      device_type: "self-reboot",
      visibility: "public",
      timeouts: { job: { minutes: 2 } },
      context: { lava_test_results_dir: join(directory, "lava-%s") },
      actions: [
        { deploy: { to: "self-reboot" } },
        { boot: { method: "self-reboot" } },
        testOf(["lava-test-case one --result pass"]),
      ],
    },
  ],
  describe,
  test: it,
})
