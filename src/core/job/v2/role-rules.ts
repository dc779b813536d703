import { whatThereIs } from "../../source/spelling.ts"
import { slip, warning } from "../../source/severity.ts"
import { quote } from "../../source/problem.ts"
import { isMapping, type Mapping, type Report } from "../rule.ts"
import { type Block, blocksOf } from "./blocks.ts"

/** The roles of a job for several devices, as they were written, by name. */
export const rolesOf = (job: Mapping): Mapping | undefined => {
  const multinode = isMapping(job["protocols"]) ? job["protocols"]["lava-multinode"] : undefined
  const roles = isMapping(multinode) ? multinode["roles"] : undefined
  return isMapping(roles) ? roles : undefined
}

const rolesPath = ["protocols", "lava-multinode", "roles"]

/** What no single key of a job with roles can tell, and of one without. */
export const roleRules = (job: Mapping, report: Report): void => {
  const roles = rolesOf(job)
  if (!roles) return noRoles(job, report)
  for (const key of ["device_type", "device", "context", "tags", "environment"]) {
    if (job[key] !== undefined) report([key], "belongs to each role in a job with roles")
  }
  devicesOfRoles(roles, report)
  const used = new Set<string>()
  for (const each of blocksOf(job)) {
    for (const name of rolesOfBlock(each, roles, report)) used.add(name)
  }
  for (const name of Object.keys(roles)) {
    if (!used.has(name)) report([...rolesPath, name], slip("no action has this role"))
  }
}

const noRoles = (job: Mapping, report: Report): void => {
  const why = "the job has no roles: give it `protocols` with lava-multinode, or leave this away"
  for (const { path, block } of blocksOf(job)) {
    if (path.at(-1) === "transfer") report(path, why)
    else if (block["role"] !== undefined) report([...path, "role"], warning(why))
  }
}

const devicesOfRoles = (roles: Mapping, report: Report): void => {
  const taken = new Map<unknown, string>()
  for (const [name, role] of Object.entries(roles)) {
    if (!isMapping(role)) continue
    const { device, device_type: type, count } = role
    const path = [...rolesPath, name]
    if (device === undefined && type === undefined && !isLogin(role)) {
      report(path, "names no device: give device_type or device")
    }
    if (device === undefined) continue
    const other = taken.get(device)
    if (other !== undefined) report([...path, "device"], `is the device of the role "${other}"`)
    if (typeof count === "number" && count > 1) {
      report([...path, "count"], "one device cannot have a role several times: give device_type")
    }
    taken.set(device, name)
  }
}

/** LAVA has roles that are a login at the device of another role. */
const isLogin = (role: Mapping): boolean =>
  ["connection", "host_role", "expect_role"].every((key) => role[key] !== undefined)

/** The roles that do a block; tells of those that there are not. */
const rolesOfBlock = (
  { path, block }: Block,
  roles: Mapping,
  report: Report,
): ReadonlyArray<string> => {
  const known = Object.keys(roles)
  const check = (name: unknown, at: ReadonlyArray<PropertyKey>) => {
    if (typeof name === "string" && !known.includes(name)) {
      const message = `there is no role ${quote(name)}; ${whatThereIs(name, known)}`
      report([...path, ...at], slip(message))
    }
  }
  const given = Array.isArray(block["role"]) ? (block["role"] as ReadonlyArray<unknown>) : undefined
  for (const name of given ?? []) check(name, ["role"])
  if (path.at(-1) !== "transfer") return given?.map(String) ?? known
  const [from, to] = [block["from"], block["to"]].map((end) => isMapping(end) && end["role"])
  check(from, ["from", "role"])
  check(to, ["to", "role"])
  const both = [from, to].filter((name) => typeof name === "string")
  if (both.length === 2 && from === to) {
    report([...path, "to", "role"], "is the role that has the file: give another one")
  }
  const sender = typeof from === "string" ? roles[from] : undefined
  if (isMapping(sender) && typeof sender["count"] === "number" && sender["count"] > 1) {
    report([...path, "from", "role"], "has several devices: one must have the file")
  }
  if (
    given &&
    both.length === 2 &&
    !(given.length === 2 && both.every((name) => given.includes(name)))
  ) {
    report([...path, "role"], "must be the roles of `from` and `to` where it is given")
  }
  return both
}
