import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import * as z from "zod"
import { isMapping } from "../core/job/rule.ts"
import { InvalidFile } from "../core/source/invalid-file.ts"
import type { Problem } from "../core/source/problem.ts"
import { withDirectory } from "./scratch.ts"
import { labOf, readDeviceType, type Subject } from "./subject.ts"

/** Values of each kind, none of which is likely to be right by chance. */
const values: ReadonlyArray<unknown> = [true, -1.5, "\u0000", [[]], { "no such key": 1 }]

/** Mistakes in parameters that are not refused, or not with their place, a sentence each. */
export const acceptedMistakes = async (subject: Subject): Promise<ReadonlyArray<string>> => {
  const { value, directory } = await readDeviceType(subject.deviceType)
  const type: Readonly<Record<string, unknown>> = { ...value }
  const given = isMapping(type["parameters"]) ? type["parameters"] : {}
  const known = [...new Set([...Object.keys(given), ...keysOf(subject.plugin.parameters)])]

  const refusals = (key: string, wrong: unknown) =>
    problemsOf(subject, directory, { ...type, parameters: { ...given, [key]: wrong } })
  const unknown = "no_such_parameter"
  const wrong: Array<string> = []
  const placed = (problems: ReadonlyArray<Problem>, key: string) =>
    problems.some(
      ({ path, line, file }) =>
        path.split(/[.[]/)[0] === key && line !== undefined && file.endsWith("mistaken.json"),
    )

  const extra = await refusals(unknown, 1)
  if (!placed(extra, unknown)) {
    wrong.push(
      extra.length === 0
        ? `a parameter that the plugin does not know is accepted: make \`parameters\` a z.strictObject`
        : `a parameter that the plugin does not know is refused without its place: ${extra.map(({ message }) => message).join("; ")}`,
    )
  }
  for (const key of known) {
    const tried: Array<ReadonlyArray<Problem>> = []
    for (const value of values) tried.push(await refusals(key, value))
    if (tried.every((problems) => problems.length === 0)) {
      wrong.push(`the parameter "${key}" takes anything: true, a number, a text, a list, a mapping`)
    } else if (!tried.some((problems) => placed(problems, key))) {
      wrong.push(
        `a wrong value of "${key}" is refused without its place: give the issue a \`path\` that begins with it`,
      )
    }
  }
  return wrong
}

/** The keys that a schema knows, where it can tell. */
const keysOf = (schema: z.ZodType): ReadonlyArray<string> => {
  try {
    const { properties } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" })
    return Object.keys(properties ?? {})
  } catch {
    return []
  }
}

/** What is wrong with a device of a device type. */
const problemsOf = (
  subject: Subject,
  directory: string | undefined,
  type: object,
): Promise<ReadonlyArray<Problem>> =>
  withDirectory(async (scratch) => {
    const types = join(scratch, "device-types")
    await mkdir(types)
    await writeFile(join(types, "mistaken.json"), JSON.stringify(type, null, 2))
    const directories = [types, ...(directory === undefined ? [] : [directory])]
    try {
      await labOf(subject, "mistaken", "mistaken", directories)
      return []
    } catch (error) {
      if (error instanceof InvalidFile) return error.problems
      throw error
    }
  })
