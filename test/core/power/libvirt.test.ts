import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makePower, PowerSettings } from "../../../src/core/power/power.ts"
import { temporaryDirectory } from "../console/peers.ts"

const uuid = "5dfb5e38-1dd1-11b2-8d0f-5f2b0a5b5a5a"
const body = `<name>vm1</name><uuid>${uuid}</uuid><memory>1024</memory><os><type>hvm</type></os>`

/** Real virsh, on libvirt's own test hypervisor, which forgets after each command what was done to it. */
const testDomain = (domain: string) =>
  Effect.map(temporaryDirectory, (directory) => {
    const file = join(directory, "node.xml")
    writeFileSync(
      file,
      `<node><domain type="test" xmlns:test="http://libvirt.org/schemas/domain/test/1.0">${body}
      <test:domainsnapshot><name>clean</name><state>running</state><creationTime>1700000000</creationTime>
      <domain type="test">${body}</domain><active>1</active></test:domainsnapshot></domain></node>`,
    )
    return makePower(
      PowerSettings.parse({
        libvirt: { domain, connection: `test://${file}` },
        timeout_seconds: 10,
      }),
    )
  })

describe("power by libvirt", () => {
  it.live("switches a domain, and brings it to its snapshot", () =>
    Effect.gen(function* () {
      const power = yield* testDomain("vm1")
      yield* power.on
      yield* power.off
      yield* power.revert!("clean")
    }),
  )

  it.live("says which snapshots there are", () =>
    Effect.gen(function* () {
      const power = yield* testDomain("vm1")
      expect((yield* Effect.flip(power.revert!("clear"))).message).toBe(
        'cannot revert the domain vm1: it has no snapshot "clear"; it has clean',
      )
    }),
  )

  it.live("says what virsh says", () =>
    Effect.gen(function* () {
      const power = yield* testDomain("vm2")
      expect((yield* Effect.flip(power.off)).message).toMatch(
        /^cannot list the state of the domain vm2: the command "virsh .*" failed with exit status 1: .*failed to get domain 'vm2'/,
      )
    }),
  )
})
