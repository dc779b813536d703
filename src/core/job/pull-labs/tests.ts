import type { Draft, Path } from "../dialect/draft.ts"
import { inlineTest } from "../dialect/inline-test.ts"
import { quote } from "../../source/problem.ts"
import type { PullLabsJob, PullLabsTest } from "./job-file.ts"
import { kselftestPath } from "./system.ts"

/** Where KernelCI keeps the test definitions that its jobs for LAVA name. */
const repository = "https://github.com/kernelci/test-definitions.git"

/** The kinds of test: the definition that runs each. A boot test is the boot itself. */
const definitions: Readonly<Record<string, string | undefined>> = {
  ltp: "automated/linux/ltp/ltp.yaml",
  kselftest: "automated/linux/kselftest/kselftest.yaml",
}

const boots = new Set(["boot", "baseline"])

/** The definitions that a test runs, one after the other; none where the boot is all. */
export const definitionsOf = (
  job: PullLabsJob,
  test: PullLabsTest,
  path: Path,
  draft: Draft,
): ReadonlyArray<object> => {
  const name = test.id.replace(/[^\w.+-]+/g, "-").replace(/^-+|-+$/g, "") || "test"
  const commands = (key: "pre-commands" | "post-commands"): ReadonlyArray<object> =>
    test[key]?.length
      ? [
          inlineTest(draft, [...path, key], {
            name: `${name}-${key}`,
            description: `The ${key} of ${test.id}`,
            steps: test[key],
          }),
        ]
      : []
  return [
    ...commands("pre-commands"),
    ...bodyOf(job, test, name, path, draft),
    ...commands("post-commands"),
  ]
}

const bodyOf = (
  job: PullLabsJob,
  test: PullLabsTest,
  name: string,
  path: Path,
  draft: Draft,
): ReadonlyArray<object> => {
  const definition = definitions[test.type]
  if (definition !== undefined) {
    const parameters = parametersOf(job, test)
    return [
      draft.from(path, {
        from: "git",
        repository,
        path: definition,
        name,
        ...(Object.keys(parameters).length > 0 && { parameters }),
      }),
    ]
  }
  if (!boots.has(test.type)) {
    const known = [...boots, ...Object.keys(definitions)].join(", ")
    const message = `there is no test for the type ${quote(test.type)}; there are ${known}`
    draft.wrong([...path, "type"], message)
  }
  return []
}

/** Parameters that the definitions know by another name. */
const names: Readonly<Record<string, string>> = { WORKERS: "KIRK_WORKERS" }

/** `"tst_cmdfiles=smoketest skip_install=true"`, or a mapping, as the definition's parameters. */
const parametersOf = (
  { artifacts }: PullLabsJob,
  { parameters, subset, type }: PullLabsTest,
): Readonly<Record<string, string>> => {
  const given =
    typeof parameters === "string"
      ? parameters
          .split(/[\s,;]+/)
          .map((pair) => pair.split(/=(.*)/s))
          .filter(([key, value]) => key !== "" && value !== undefined)
      : Object.entries(parameters ?? {}).map(([key, value]) => [key, String(value)])
  const named = given.map(([key = "", value = ""]): [string, string] => {
    const name = key.toUpperCase().replace(/\W/g, "_")
    return [names[name] ?? name, value]
  })
  const part = Array.isArray(subset) ? subset.join(",") : subset
  return {
    ...(part && { TST_CMDFILES: part }),
    ...(type === "kselftest" &&
      artifacts.kselftest !== undefined && { KSELFTEST_PATH: kselftestPath, SKIP_INSTALL: "true" }),
    ...Object.fromEntries(named.filter(([key]) => /^[A-Z_]\w*$/.test(key))),
  }
}
