import type { Draft, Path } from "../dialect/draft.ts"
import type { WantedDevice } from "../dialect/dialect.ts"
import { quote } from "../../source/problem.ts"
import { whatThereIs } from "../../source/spelling.ts"
import { emulatorOf } from "./emulator.ts"
import type { V1Job } from "./job-file.ts"
import { usualSeconds } from "./translator.ts"

/** What one role of a job is. */
export interface GroupRole extends WantedDevice {
  /** Of a virtual machine: the role of the device that starts it. */
  readonly host?: string | undefined
}

/** The devices of a job for several: its roles, and what `protocols` says of them. */
export interface Group {
  readonly roles: ReadonlyMap<string, GroupRole>
  readonly protocols: object
}

/** The group of devices that a job is for; undefined where it is for one. */
export const groupOf = (job: V1Job, draft: Draft): Group | undefined => {
  if (job.device_group) return deviceGroup(job.device_group, job, draft)
  return job.vm_group && vmGroup(job.vm_group, job, draft)
}

const deviceGroup = (
  members: NonNullable<V1Job["device_group"]>,
  job: V1Job,
  draft: Draft,
): Group => {
  const roles = new Map<string, GroupRole>()
  const written: Record<string, object> = {}
  for (const [index, member] of members.entries()) {
    const path = ["device_group", index]
    const { role, device_type, target: device, count, tags } = member
    if (roles.has(role)) draft.wrong([...path, "role"], "is the role of another entry already")
    if (device_type === undefined && device === undefined) {
      draft.wrong(path, "names no device: give device_type or target")
    }
    for (const key of Object.keys(member)) {
      if (["role", "device_type", "target", "count", "tags"].includes(key)) continue
      draft.lost([...path, key], "is not kept: it means nothing here")
    }
    roles.set(role, { device_type, device })
    written[role] = draft.from(path, {
      ...(device !== undefined ? { device } : { device_type }),
      count: count ?? 1,
      ...(tags?.length && { tags }),
      ...contextOf(device_type),
    })
  }
  return { roles, protocols: protocolsOf(written, job, draft, ["device_group"]) }
}

/** A board that starts virtual machines: each of them is reached by ssh when its host has told its address. */
const vmGroup = (
  { host, vms, auto_start_vms: auto }: NonNullable<V1Job["vm_group"]>,
  job: V1Job,
  draft: Draft,
): Group => {
  const roles = new Map<string, GroupRole>([[host.role, { device_type: host.device_type }]])
  const written: Record<string, object> = {
    [host.role]: draft.from(["vm_group", "host"], { device_type: host.device_type, count: 1 }),
  }
  for (const [index, { role, device_type, count }] of vms.entries()) {
    const path = ["vm_group", "vms", index]
    if (roles.has(role)) draft.wrong([...path, "role"], "is the role of another entry already")
    roles.set(role, { device_type, host: host.role })
    written[role] = draft.from(path, {
      connection: "ssh",
      count: count ?? 1,
      expect_role: host.role,
      host_role: host.role,
      request: "lava-start",
    })
  }
  draft.lost(
    ["vm_group"],
    `virtual machines are not started for you${auto === false ? ", nor by lava-start-vms" : ""}: the tests of the role ${quote(host.role)} start them, and call lava-send with their address`,
  )
  return { roles, protocols: protocolsOf(written, job, draft, ["vm_group"]) }
}

const protocolsOf = (
  roles: Readonly<Record<string, object>>,
  job: V1Job,
  draft: Draft,
  path: Path,
): object =>
  draft.from(path, {
    "lava-multinode": draft.from(path, {
      roles: draft.from(path, roles),
      timeout: draft.from(["timeout"], { seconds: job.timeout ?? usualSeconds }),
    }),
  })

/** `context` of a machine that QEMU is. */
export const contextOf = (deviceType: string | undefined): { readonly context?: object } => {
  const emulator = emulatorOf(deviceType)
  return emulator ? { context: { arch: emulator.arch } } : {}
}

/** The roles that do a command: its own, or all; undefined in a job without roles. */
export const rolesOfStep = (
  role: string | undefined,
  path: Path,
  group: Group | undefined,
  draft: Draft,
): ReadonlyArray<string> | undefined => {
  if (!group) {
    if (role !== undefined) {
      draft.lost(
        [...path, "parameters", "role"],
        "is not kept: the job has no roles, as it has neither device_group nor vm_group",
      )
    }
    return undefined
  }
  const known = [...group.roles.keys()]
  if (role === undefined) return known
  if (known.includes(role)) return [role]
  const message = `there is no role ${quote(role)}; ${whatThereIs(role, known)}`
  draft.wrong([...path, "parameters", "role"], message)
  return known
}
