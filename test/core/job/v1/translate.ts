import * as Result from "effect/Result"
import type { PluginOf, Translation } from "../../../../src/core/job/dialect/dialect.ts"
import { translateV1 } from "../../../../src/core/job/v1/v1.ts"
import { renderProblem } from "../../../../src/core/source/problem.ts"
import { parseYaml } from "../../../../src/core/source/yaml-document.ts"

/** A translated job, as far as tests look at it. */
export interface Job {
  readonly [key: string]: any // oxlint-disable-line typescript/no-explicit-any
}

/** Translates the text of a job of LAVA's first format. */
export const translateText = (text: string, pluginOf: PluginOf = () => undefined): Translation =>
  translateV1(Result.getOrThrow(parseYaml(text, "old.json")), pluginOf)

/** A job with these commands, a line each. */
export const jobOf = (actions: ReadonlyArray<object>, top: object = {}): string => {
  const lines = actions.map((each) => JSON.stringify(each)).join(",\n")
  const head = JSON.stringify({ job_name: "old", device_type: "panda", timeout: 60, ...top })
  return `${head.slice(0, -1)},"actions":[\n${lines}]}`
}

/** The job that commands become; throws what is wrong with them. */
export const translated = (
  actions: ReadonlyArray<object>,
  top?: object,
  pluginOf?: PluginOf,
): Job => {
  const { document, problems } = translateText(jobOf(actions, top), pluginOf)
  if (problems.length > 0) throw new Error(problems.map(renderProblem).join("\n"))
  return document.value as Job
}

/** What is wrong with commands. */
export const problemsOf = (actions: ReadonlyArray<object>, top?: object): ReadonlyArray<string> =>
  translateText(jobOf(actions, top)).problems.map(renderProblem)

/** What the translation says of them. */
export const notesOf = (actions: ReadonlyArray<object>, top?: object): ReadonlyArray<string> =>
  translateText(jobOf(actions, top)).notes.map((note) => `${note.kind}: ${renderProblem(note)}`)
