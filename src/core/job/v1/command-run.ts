import * as z from "zod"
import { fromPython } from "../../console/python-pattern.ts"
import { type Command, command, seconds, type Step, text, times } from "./command.ts"
import { inlineTest, reportedStep } from "../dialect/inline-test.ts"
import { limitOf } from "./test-shell.ts"

const parameters = {
  commands: z.array(text).min(1),
  parser: text.optional(),
  fixupdict: z.array(text).optional(),
  iterations: times.optional(),
  timeout: seconds.optional(),
}

/** What the results were found by where the job brought no pattern. */
const usualPattern = String.raw`^(?P<test_case_id>.*-*)\s+:\s+(?P<result>(PASS|pass|FAIL|fail|SKIP|skip|UNKNOWN|unknown))`

const results: Readonly<Record<string, string>> = {
  PASS: "pass",
  FAIL: "fail",
  SKIP: "skip",
  UNKNOWN: "unknown",
}

/** `lava_command_run`: types commands into the booted system's shell; each is a result, and so is what they print. */
export const commandRun: Command = command(parameters, (given, step) => {
  const { translator, path, at } = step
  const { draft, suiteName } = translator
  translator.ensureBooted(step, false)
  draft.changed(
    at("commands"),
    "each is the test case command-N, by its place, instead of its text",
  )
  for (const [index, line] of given.commands.entries()) {
    const helper = /\b(lava-test-(run|case)-attach|lava-start-vms|lava-wait-for-vms)\b/.exec(
      line,
    )?.[1]
    if (helper !== undefined) {
      draft.lost([...at("commands"), index], `the device has no ${helper}: the command will fail`)
    }
  }
  const name = suiteName("lava-command")
  const definition = inlineTest(draft, at("commands"), {
    name,
    description: "The job's own commands",
    steps: given.commands.map((line, index) => reportedStep(`command-${index + 1}`, line)),
    parse: {
      pattern: anchored(given.parser, step) ?? usualPattern,
      fixupdict: { ...(given.parser === undefined && results), ...fixups(given.fixupdict, step) },
    },
  })
  translator.test(
    step,
    {
      definitions: draft.from(path, [definition]),
      ...(given.iterations !== undefined && { repeat: given.iterations }),
    },
    limitOf(given.timeout, step),
  )
})

/** The job's pattern had to match at the beginning of a line. */
const anchored = (
  pattern: string | undefined,
  { translator: { draft }, at }: Step,
): string | undefined => {
  if (pattern === undefined) return undefined
  try {
    void new RegExp(fromPython(pattern))
  } catch {
    draft.lost(at("parser"), "is no regular expression: no results are found by it")
    return undefined
  }
  return pattern.startsWith("^") ? pattern : `^(?:${pattern})`
}

/** `["PASS:pass"]` as a mapping. */
const fixups = (
  pairs: ReadonlyArray<string> | undefined,
  { translator: { draft }, at }: Step,
): Readonly<Record<string, string>> => {
  const known = Object.values(results)
  const entries = (pairs ?? []).flatMap((pair, index) => {
    const [from = "", to = ""] = pair.split(":").map((word) => word.trim())
    if (from !== "" && known.includes(to)) return [[from, to] as const]
    draft.lost([...at("fixupdict"), index], `is not kept: expected "WORD:" and ${known.join(", ")}`)
    return []
  })
  return Object.fromEntries(entries)
}
