import * as Effect from "effect/Effect"
import * as z from "zod"
import type { HostProgram } from "../host-program.ts"
import { InfrastructureError } from "../pipeline/errors.ts"
import { commandOutput, hostCommand } from "./host-command.ts"
import type { PowerPort } from "./power.ts"
import { noSuchSnapshot } from "./snapshot-names.ts"

/** Which of libvirt's virtual machines it is. */
export const LibvirtSettings = z.strictObject({
  domain: z.string().min(1).describe("Name of the domain, as virsh list --all shows it"),
  connection: z
    .string()
    .min(1)
    .default("qemu:///system")
    .describe("URI of the hypervisor: qemu:///system, qemu+ssh://root@host/system, xen:///system"),
})

/** See the schema of the same name. */
export type LibvirtSettings = z.output<typeof LibvirtSettings>

/** What it takes on this machine. */
export const libvirtPrograms: ReadonlyArray<HostProgram> = [
  { command: "virsh", debian: "libvirt-clients" },
]

/** Switches a virtual machine of libvirt's by virsh; its snapshots are libvirt's (`virsh snapshot-create-as`). */
export const libvirtPower = (
  { domain, connection }: LibvirtSettings,
  { timeout_seconds: seconds }: { readonly timeout_seconds: number },
): PowerPort => {
  const virsh = (...words: ReadonlyArray<string>) => ["virsh", "--connect", connection, ...words]
  const run = (what: string, ...words: ReadonlyArray<string>) =>
    hostCommand(`${what} the domain ${domain}`, virsh(...words), seconds)
  const list = (what: string, ...words: ReadonlyArray<string>) =>
    Effect.map(
      commandOutput(`list the ${what} of the domain ${domain}`, virsh(...words), seconds),
      (output) => output.split("\n").flatMap((line) => line.trim() || []),
    )
  const isOn = Effect.map(
    list("state", "domstate", domain),
    ([state]) => state !== "shut off" && state !== "crashed",
  )
  const on = Effect.flatMap(isOn, (already) =>
    already ? Effect.void : run("start", "start", domain),
  )
  const off = Effect.flatMap(isOn, (running) =>
    running ? run("switch off", "destroy", domain) : Effect.void,
  )
  return {
    on,
    off,
    reset: Effect.andThen(off, run("start", "start", domain)),
    revert: (snapshot) =>
      Effect.gen(function* () {
        const known = yield* list("snapshots", "snapshot-list", "--name", domain)
        if (!known.includes(snapshot)) {
          return yield* new InfrastructureError({
            message: `cannot revert the domain ${domain}: ${noSuchSnapshot(snapshot, known)}`,
          })
        }
        yield* run("revert", "snapshot-revert", domain, snapshot, "--running")
      }),
  }
}
