import type { Draft } from "../dialect/draft.ts"
import { isBlank } from "../dialect/blanks.ts"
import type { V1Job } from "./job-file.ts"
import type { Submission } from "./translator.ts"

/** What of the top of a job is kept elsewhere, so that nothing is to be said of it. */
const kept = new Set([
  "job_name",
  "timeout",
  "device_type",
  "target",
  "device_group",
  "vm_group",
  "tags",
  "priority",
  "actions",
  "target_type",
  "$schema",
])

const reasons: Readonly<Record<string, string>> = {
  health_check: "is not kept: whoever schedules jobs knows which are health checks",
  logging_level: "is left out: the log has messages of every level",
  notify: "is not kept: nobody is told by mail; `notify` can call a URL",
  notify_on_incomplete: "is not kept: nobody is told by mail; `notify` can call a URL",
  image_type: "is left out: the commands say it",
}

/** Tells of keys at the top that mean nothing any more. LAVA let any pass. */
export const tellOfOthers = (job: V1Job, draft: Draft): void => {
  for (const [key, value] of Object.entries(job)) {
    if (kept.has(key) || value === false) continue
    const reason = reasons[key] ?? "is left out: it means nothing here"
    const tell = reason.startsWith("is left out") ? draft.changed : draft.lost
    tell([key], reason)
  }
}

/** `priority`, where it is one. */
export const priorityOf = (job: V1Job, draft: Draft): { readonly priority?: string | number } => {
  const { priority } = job
  if (priority === undefined || priority === null) return {}
  if (typeof priority === "string" && /^(low|medium|high)$/.test(priority)) return { priority }
  if (typeof priority === "number" && priority >= 0 && priority <= 100) {
    return { priority: Math.round(priority) }
  }
  const filledIn = typeof priority === "string" && isBlank(priority)
  draft.lost(
    ["priority"],
    filledIn
      ? "is not kept: add `priority` when it is known"
      : "is not kept: expected low, medium, high or a number up to 100",
  )
  return {}
}

/** What all commands say of themselves, together; of two that say the same, the later counts. */
export const metadataOf = (job: V1Job, draft: Draft): { readonly metadata?: object } => {
  const found = job.actions.flatMap(({ metadata }, index) =>
    metadata ? [{ metadata, path: ["actions", index, "metadata"] }] : [],
  )
  const [first] = found
  if (!first) return {}
  const all = Object.assign({}, ...found.map(({ metadata }) => metadata)) as object
  return Object.keys(all).length === 0 ? {} : { metadata: draft.from(first.path, all) }
}

/** Who may see the job: as its stream of results did. */
export const visibilityOf = (
  [submission]: ReadonlyArray<Submission>,
  draft: Draft,
): "public" | "personal" | { readonly group: ReadonlyArray<string> } => {
  if (!submission) return "public"
  const path = [...submission.path, "parameters", "stream"]
  const [, , owner, name] = /^\/private(\/(personal|team)\/([^/]+))?/.exec(submission.stream) ?? []
  if (owner === "team" && name !== undefined) return draft.from(path, { group: [name] })
  return submission.stream.startsWith("/private") ? "personal" : "public"
}

/** `bundle`: the results in the old format, and where to send them. */
export const bundleOf = (
  submissions: ReadonlyArray<Submission>,
  draft: Draft,
): { readonly bundle?: object } => {
  const [first, ...others] = submissions
  if (!first) return {}
  const { path, server, stream, token } = first
  for (const other of others) {
    draft.lost(
      other.path,
      "is not kept: results are sent once, where the first of these commands says",
    )
  }
  if (!/^https?:\/\/[^\s/]/.test(server) || !URL.canParse(server)) {
    draft.lost(
      [...path, "parameters", "server"],
      "is not kept: it is no URL; the results are written as bundle.json and sent nowhere",
    )
    return { bundle: draft.from(path, {}) }
  }
  const post = { server, stream, ...(token !== undefined && { token }) }
  return { bundle: draft.from(path, { post: draft.from([...path, "parameters"], post) }) }
}
