import * as Result from "effect/Result"
import { blanksOf } from "../dialect/blanks.ts"
import type { PluginOf, Translate } from "../dialect/dialect.ts"
import { type Draft, makeDraft, type Path } from "../dialect/draft.ts"
import { translatedDocument } from "../dialect/translated-document.ts"
import { byPosition } from "../../source/problem.ts"
import { validate } from "../../source/validate.ts"
import type { Step } from "./command.ts"
import { commands } from "./commands.ts"
import { contextOf, type Group, type GroupRole, groupOf, rolesOfStep } from "./groups.ts"
import { jobFile, type V1Job } from "./job-file.ts"
import { bundleOf, metadataOf, priorityOf, tellOfOthers, visibilityOf } from "./top-level.ts"
import { type Bootable, makeTranslator, type Translated, usualSeconds } from "./translator.ts"

const schema = jobFile(commands)

/** Parameters that hold programs or patterns, whose braces are their own. */
const programs = new Set(["boot_cmds", "commands", "parser"])

/**
 * Translates a job of LAVA's first format: JSON whose actions have a `command` and its `parameters`. What stands twice
 * in a mapping counts as it did there: the last one.
 */
export const translateV1: Translate = (source, pluginOf) => {
  const draft = makeDraft(source)
  for (const duplicate of source.duplicates) draft.passed(duplicate)
  const read = validate({ ...source, duplicates: [] }, schema)
  const value = Result.isSuccess(read) ? translateJob(read.success, draft, pluginOf) : {}
  return {
    document: translatedDocument(draft, value),
    originOf: (part) => draft.originOf(part)?.path,
    notes: draft.notes.toSorted(byPosition),
    problems: Result.isSuccess(read) ? draft.problems.toSorted(byPosition) : read.failure,
    blanks: blanksOf(source, (key) => programs.has(key)),
  }
}

const translateJob = (job: V1Job, draft: Draft, pluginOf: PluginOf): object => {
  const group = groupOf(job, draft)
  if (!group && job.device_type === undefined && job.target === undefined) {
    draft.wrong([], "names no device: give device_type, target, device_group or vm_group")
  }
  tellOfOthers(job, draft)
  const { actions, seconds, submissions } = translateActions(job, group, draft, pluginOf)
  if (actions.length === 0 && draft.problems.length === 0) {
    draft.wrong(["actions"], "do nothing that can be done: expected a deploy, a boot or a test")
  }
  const limit = job.timeout ?? usualSeconds
  if (job.timeout === undefined) {
    draft.changed([], "has no timeout: each command may take a day, as it was with LAVA")
  } else {
    draft.changed(
      ["timeout"],
      "holds for each command: the whole job may take as long as all of them together",
    )
  }
  return draft.from(
    [],
    {
      job_name: job.job_name.slice(0, 200),
      ...(group ? { protocols: group.protocols } : deviceOf(job)),
      ...(!group && job.tags?.length && { tags: draft.from(["tags"], job.tags) }),
      ...priorityOf(job, draft),
      visibility: visibilityOf(submissions, draft),
      timeouts: draft.from(["timeout"], {
        job: { seconds: Math.max(seconds, limit) },
        action: { seconds: limit },
      }),
      ...metadataOf(job, draft),
      ...bundleOf(submissions, draft),
      actions: draft.from(["actions"], actions),
    },
    Object.fromEntries(["job_name", "device_type", "priority"].map((key) => [key, [key]])),
  )
}

const deviceOf = ({ target, device_type }: V1Job): object =>
  target === undefined ? { device_type, ...contextOf(device_type) } : { device: target }

const translateActions = (
  job: V1Job,
  group: Group | undefined,
  draft: Draft,
  pluginOf: PluginOf,
): Translated => {
  const wanted = ({ roles }: Step): GroupRole =>
    (group
      ? group.roles.get(roles?.[0] ?? "")
      : { device: job.target, device_type: job.device_type }) ?? {}
  const { translator, translated } = makeTranslator({
    draft,
    job,
    pluginOf,
    deviceOf: wanted,
    isGuest: (step) => wanted(step).host !== undefined,
    undeployed: undeployed(job, pluginOf),
  })
  for (const [index, { command: name, parameters }] of job.actions.entries()) {
    const path: Path = ["actions", index]
    const roles = rolesOfStep(parameters.role, path, group, draft)
    const command = commands[name]
    if (!command || "refused" in command) continue
    const at = (parameter: string) => [...path, "parameters", parameter]
    command.translate(parameters as never, { translator, path, at, roles })
  }
  return translated()
}

/** What boots where nothing was deployed: whatever is on the device. */
const undeployed = (job: V1Job, pluginOf: PluginOf): Bootable => {
  const plugin = pluginOf({ device: job.target, device_type: job.device_type })
  return plugin === "ssh" || job.target_type === "ssh"
    ? { method: { method: "ssh", connection: "ssh" }, running: true }
    : { method: { method: "minimal" } }
}
