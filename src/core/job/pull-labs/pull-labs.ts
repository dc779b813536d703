import * as Result from "effect/Result"
import type { Translate } from "../dialect/dialect.ts"
import { type Draft, makeDraft } from "../dialect/draft.ts"
import { translatedDocument } from "../dialect/translated-document.ts"
import { usualPrompts } from "../dialect/usual-prompts.ts"
import { byPosition } from "../../source/problem.ts"
import { validate } from "../../source/validate.ts"
import { PullLabsJob } from "./job-file.ts"
import { deviceTypeOf, systemOf } from "./system.ts"
import { definitionsOf } from "./tests.ts"

/** The time for a deploy, for a boot, and for a test that says none, in seconds: the protocol's own for a test. */
const usualSeconds = 600

/** Translates a job that KernelCI gives to labs that fetch their jobs. */
export const translatePullLabs: Translate = (source) => {
  const draft = makeDraft(source)
  for (const duplicate of source.duplicates) draft.passed(duplicate)
  const read = validate({ ...source, duplicates: [] }, PullLabsJob)
  const value = Result.isSuccess(read) ? translateJob(read.success, draft) : {}
  return {
    document: translatedDocument(draft, value),
    originOf: (part) => draft.originOf(part)?.path,
    notes: draft.notes.toSorted(byPosition),
    problems: Result.isSuccess(read) ? draft.problems.toSorted(byPosition) : read.failure,
    blanks: [],
  }
}

const translateJob = (job: PullLabsJob, draft: Draft): object => {
  const { deploy, boot, context } = systemOf(job, draft)
  const type = deviceTypeOf(job)
  const limit = { seconds: usualSeconds }
  const tests = inOrder(job, draft).flatMap((index) => {
    const test = job.tests[index]!
    const path = ["tests", index]
    const definitions = definitionsOf(job, test, path, draft)
    const timeout = draft.from([...path, "timeout_s"], { seconds: test.timeout_s ?? usualSeconds })
    return definitions.length === 0
      ? []
      : [
          draft.from(path, {
            test: draft.from(path, { timeout, definitions: draft.from(path, definitions) }),
          }),
        ]
  })
  const bootSeconds = Math.max(
    usualSeconds,
    ...job.tests.filter(({ type }) => type === "boot").map(({ timeout_s }) => timeout_s ?? 0),
  )
  const seconds =
    usualSeconds + bootSeconds + tests.reduce((sum, { test }) => sum + test.timeout.seconds, 0)
  draft.changed(
    ["environment"],
    "the console is that of the lab's device; the prompts that are usual are written out",
  )
  if (job.parameters !== undefined && job.parameters !== null) {
    draft.lost(["parameters"], "is not kept: it is for tuxrun")
  }
  return draft.from(
    [],
    {
      job_name: `KernelCI: ${job.tests.map(({ id }) => id).join(", ")} on ${type}`.slice(0, 200),
      device_type: type,
      visibility: "public",
      ...tagsOf(job, draft),
      ...(context && { context }),
      timeouts: draft.from(["timeout"], {
        job: { seconds: Math.max(seconds, job.timeout ?? 0) },
        action: limit,
      }),
      ...notifyOf(job, draft),
      actions: draft.from(
        ["tests"],
        [
          { deploy: draft.from(["artifacts"], { ...deploy, timeout: limit }) },
          {
            boot: draft.from(["environment"], {
              ...boot,
              prompts: [...usualPrompts],
              timeout: { seconds: bootSeconds },
            }),
          },
          ...tests,
        ],
      ),
    },
    { device_type: ["environment", "platform"] },
  )
}

/** The tests by their places, each behind those that it depends on. */
const inOrder = ({ tests }: PullLabsJob, draft: Draft): ReadonlyArray<number> => {
  const order = new Set<number>()
  const visit = (index: number, open: ReadonlySet<number>): void => {
    if (order.has(index)) return
    for (const [place, wanted] of (tests[index]?.depends ?? []).entries()) {
      const at = ["tests", index, "depends", place]
      const before = tests.findIndex(({ id }) => id === wanted)
      if (before === -1) draft.wrong(at, "there is no test of this id")
      else if (before === index || open.has(before)) draft.wrong(at, "depends on itself in the end")
      else visit(before, new Set([...open, index]))
    }
    order.add(index)
  }
  for (const index of tests.keys()) visit(index, new Set())
  if (tests.some(({ depends }) => depends?.length)) {
    draft.changed(
      ["tests"],
      "run in the order of their dependencies; one that fails keeps none away",
    )
  }
  return [...order]
}

/** `requirements`, where they are words. */
const tagsOf = (
  { environment: { requirements } }: PullLabsJob,
  draft: Draft,
): { readonly tags?: ReadonlyArray<unknown> } => {
  if (requirements === undefined || requirements === null) return {}
  const path = ["environment", "requirements"]
  const words = Array.isArray(requirements) ? requirements : []
  if (words.length > 0 && words.every((word) => typeof word === "string" && word !== "")) {
    return { tags: draft.from(path, words) }
  }
  if (!Array.isArray(requirements) || requirements.length > 0) {
    draft.lost(path, "is not kept: expected a list of tags that the device must have")
  }
  return {}
}

/** Where the results go: as LAVA tells KernelCI, with the name of a token that the lab has. */
const notifyOf = ({ callback }: PullLabsJob, draft: Draft): { readonly notify?: object } => {
  if (!callback) return {}
  const { url, token_name: token } = callback
  return {
    notify: draft.from(["callback"], {
      criteria: { status: "finished" },
      callback: draft.from(["callback"], {
        url,
        method: "POST",
        dataset: "all",
        "content-type": "json",
        ...(token !== undefined && { token }),
      }),
    }),
  }
}
