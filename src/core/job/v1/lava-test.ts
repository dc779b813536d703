import * as z from "zod"
import { quoteWord } from "../../console/quote.ts"
import { type Command, command, seconds, type Step, text } from "./command.ts"
import { inlineTest, reportedStep } from "../dialect/inline-test.ts"
import { limitOf } from "./test-shell.ts"

/** Runs lines of shell in the booted system, each a result. */
const runLines = (
  step: Step,
  {
    suite,
    description,
    lines,
    limit,
  }: {
    readonly suite: string
    readonly description: string
    readonly lines: ReadonlyArray<readonly [name: string, line: string]>
    readonly limit?: number | undefined
  },
): void => {
  const { translator, path } = step
  const { draft, suiteName } = translator
  translator.ensureBooted(step, false)
  const steps = lines.map(([name, line]) =>
    reportedStep(name.replace(/[^\w.+-]+/g, "-").replace(/^-+|-+$/g, "") || "step", line),
  )
  const definition = inlineTest(draft, path, { name: suiteName(suite), description, steps })
  translator.test(step, { definitions: draft.from(path, [definition]) }, limitOf(limit, step))
}

const installed =
  "runs in the booted system, where LAVA had the master image do it; lava-test itself must be in the root file system"

/** `lava_test_install`: installs tests of the program lava-test. */
export const lavaTestInstall: Command = command(
  {
    tests: z.array(text),
    install_python: z.array(text).optional(),
    install_deb: z.array(text).optional(),
    register: z.array(text).optional(),
    install_lava_test: z.boolean().optional(),
    timeout: seconds.optional(),
  },
  ({ tests, install_python: python, install_deb: debs, register, timeout }, step) => {
    step.translator.draft.changed(step.path, installed)
    runLines(step, {
      suite: "lava-test-install",
      description: "Installs tests of lava-test",
      lines: [
        ...(python ?? []).map(
          (each) => [`python-${each}`, `pip install -e ${quoteWord(each)}`] as const,
        ),
        ...(debs?.length
          ? [["deb", `apt-get -y install ${debs.map(quoteWord).join(" ")}`] as const]
          : []),
        ...(register ?? []).map(
          (each) => [`register-${each}`, `lava-test register-test ${quoteWord(each)}`] as const,
        ),
        ...tests.map(
          (each) => [`install-${each}`, `lava-test install ${quoteWord(each)}`] as const,
        ),
      ],
      limit: timeout,
    })
  },
)

/** `lava_test_run`: runs a test of the program lava-test. */
export const lavaTestRun: Command = command(
  { test_name: text, test_options: z.string().optional(), timeout: seconds.optional() },
  ({ test_name: name, test_options: options, timeout }, step) => {
    step.translator.draft.lost(
      step.at("test_name"),
      "is one test case, which passes where lava-test exits with 0: what it finds inside stays in its output",
    )
    const more = options ? ` -t ${quoteWord(options)}` : ""
    runLines(step, {
      suite: name,
      description: "A test of lava-test",
      lines: [[name, `lava-test run ${quoteWord(name)}${more}`]],
      limit: timeout,
    })
  },
)

/** `add_apt_repository`: adds sources of packages. */
export const addAptRepository: Command = command({ arg: z.array(text).min(1) }, ({ arg }, step) => {
  step.translator.draft.changed(
    step.path,
    "runs in the booted system, where LAVA had the master image do it",
  )
  runLines(step, {
    suite: "add-apt-repository",
    description: "Adds sources of packages",
    lines: [
      ...arg.map(
        (each) => [`add-${each}`, `add-apt-repository -y ${quoteWord(each)} < /dev/null`] as const,
      ),
      ["update", "apt-get update"],
    ],
  })
})
