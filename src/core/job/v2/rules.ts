import { slip, unsupported, warning } from "../../source/severity.ts"
import { toSeconds } from "../duration.ts"
import { isMapping, type Mapping, type Report, rule } from "../rule.ts"
import { blocksOf } from "./blocks.ts"
import { roleRules, rolesOf } from "./role-rules.ts"

/** What no single key of a job can tell. */
export const jobRules = rule(({ value: job }, report) => {
  deviceIsNamed(job, report)
  roleRules(job, report)
  namespacesAllOrNone(job, report)
  connectionNamespacesExist(job, report)
  retryOrRepeat(job, report)
  noLimitIsLongerThanTheJobs(job, report)
})

const deviceIsNamed = (job: Mapping, report: Report): void => {
  if (rolesOf(job)) return
  if (job["device_type"] === undefined && job["device"] === undefined) {
    report([], "names no device: give device_type or device")
  }
}

const namespacesAllOrNone = (job: Mapping, report: Report): void => {
  const blocks = blocksOf(job)
  if (blocks.every(({ block }) => block["namespace"] === undefined)) return
  for (const { path, block } of blocks) {
    if (block["namespace"] === undefined) {
      report(path, "has no namespace, but other actions do: give it to all or to none")
    }
  }
}

const connectionNamespacesExist = (job: Mapping, report: Report): void => {
  const opened = new Set<unknown>()
  for (const { path, block } of blocksOf(job)) {
    const wanted = block["connection-namespace"]
    if (typeof wanted === "string" && wanted !== block["namespace"] && !opened.has(wanted)) {
      const known = [...opened].join(", ") || "none"
      report(
        [...path, "connection-namespace"],
        slip(`no action before this one has the namespace "${wanted}"; there are ${known}`),
      )
    }
    if (typeof block["namespace"] === "string") opened.add(block["namespace"])
  }
}

const retryOrRepeat = (job: Mapping, report: Report): void => {
  for (const { path, block } of blocksOf(job)) {
    if (block["failure_retry"] === undefined) {
      if (block["failure_retry_interval"] !== undefined) {
        report([...path, "failure_retry_interval"], warning("says nothing without failure_retry"))
      }
    } else if (block["repeat"] !== undefined) {
      report([...path, "repeat"], unsupported("cannot be used together with failure_retry"))
    }
  }
}

const noLimitIsLongerThanTheJobs = (job: Mapping, report: Report): void => {
  const timeouts = job["timeouts"]
  if (!isMapping(timeouts)) return
  const longest = secondsOf(timeouts["job"])
  if (longest === undefined) return
  const limits = [
    ...limitsIn(timeouts, ["timeouts"], ["action", "connection"], ["actions", "connections"]),
    ...blocksOf(job).flatMap(({ path, block }) => limitsIn(block, path, ["timeout"], ["timeouts"])),
  ]
  for (const { path, seconds } of limits) {
    const message = `${seconds} s is longer than the job's ${longest} s`
    // LAVA does not look at those of a block's single actions.
    if (seconds > longest)
      report(path, path.at(-2) === "timeouts" && path.length > 2 ? slip(message) : message)
  }
}

interface Limit {
  readonly path: ReadonlyArray<PropertyKey>
  readonly seconds: number
}

/** The limits of a mapping: those under `single` keys, and those by name under `named` keys. */
const limitsIn = (
  mapping: Mapping,
  path: ReadonlyArray<PropertyKey>,
  single: ReadonlyArray<string>,
  named: ReadonlyArray<string>,
): ReadonlyArray<Limit> => {
  const at = (keys: ReadonlyArray<string>, holder: Mapping, below: ReadonlyArray<PropertyKey>) =>
    keys.flatMap((key) => {
      const seconds = secondsOf(holder[key])
      return seconds === undefined ? [] : [{ path: [...below, key], seconds }]
    })
  const byName = named.flatMap((key) => {
    const names = mapping[key]
    return isMapping(names) ? at(Object.keys(names), names, [...path, key]) : []
  })
  return [...at(single, mapping, path), ...byName]
}

/** The seconds of a limit, be it read already or as it was written. */
const secondsOf = (limit: unknown): number | undefined => {
  if (!isMapping(limit)) return undefined
  const units = Object.entries(limit).filter(([, value]) => typeof value === "number")
  return units.length === 0 ? undefined : toSeconds(Object.fromEntries(units))
}
