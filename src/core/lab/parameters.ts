import * as Result from "effect/Result"
import { problemAt, type SourceDocument } from "../source/document.ts"
import { type Problem, quote } from "../source/problem.ts"
import { whatThereIs } from "../source/spelling.ts"
import { validate } from "../source/validate.ts"
import type { DeviceType } from "./device-type.ts"
import { merge } from "./merge.ts"
import type { DevicePlugin } from "./plugin.ts"

/** What a device says of its parameters, and where. */
export interface OwnParameters {
  readonly name: string
  readonly parameters: Readonly<Record<string, unknown>>
  /** The lab file. */
  readonly document: SourceDocument
}

/** A device's parameters over its type's: a mistake is shown in the file that it stands in. */
export const parametersOf = (
  type: DeviceType,
  { name, parameters, document }: OwnParameters,
): SourceDocument => ({
  file: document.file,
  value: merge(type.parameters, parameters),
  duplicates: [],
  locate: (path, part) =>
    document.locate(["devices", name, "parameters", ...path], part) ??
    locateIn(type, path, part) ??
    document.locate(["devices", name], "key"),
})

const locateIn = (type: DeviceType, ...[path, part]: Parameters<SourceDocument["locate"]>) => {
  for (const each of type.documents) {
    const position = each.locate(["parameters", ...path], part)
    if (position) return { ...position, file: each.file }
  }
  return undefined
}

/**
 * What is wrong with the parameters of a device type by the plugin that it names. What is missing is no mistake: a
 * device, or a type that extends this one, may give it.
 */
export const parameterProblems = (
  type: DeviceType,
  plugins: ReadonlyMap<string, DevicePlugin>,
): ReadonlyArray<Problem> => {
  if (type.plugin === undefined) return []
  const plugin = plugins.get(type.plugin)
  if (!plugin) {
    const naming = type.documents.find((each) => each.locate(["plugin"])) ?? type.documents[0]!
    const known = whatThereIs(type.plugin, [...plugins.keys()])
    const message = `there is no plugin ${quote(type.plugin)}; ${known} (a lab file may bring others: name it by --lab)`
    return [problemAt(naming, ["plugin"], message)]
  }
  const result = validate(
    {
      file: type.documents[0]!.file,
      value: type.parameters,
      duplicates: [],
      locate: (path, part) => locateIn(type, path, part),
    },
    plugin.parameters,
  )
  if (Result.isSuccess(result)) return []
  return result.failure
    .filter(({ missing }) => !missing)
    .map((problem) => ({ ...problem, path: `parameters${problem.path && `.${problem.path}`}` }))
}
