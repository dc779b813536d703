import { quoteWord } from "../../console/quote.ts"
import type { Draft, Path } from "./draft.ts"

/** How results are found in what commands print. */
interface Parse {
  readonly pattern: string
  readonly fixupdict?: Readonly<Record<string, string>>
}

/** A test definition that the job itself has: lines of shell. */
export const inlineTest = (
  draft: Draft,
  path: Path,
  {
    name,
    description,
    steps,
    parse,
  }: {
    readonly name: string
    readonly description: string
    readonly steps: ReadonlyArray<string>
    readonly parse?: Parse
  },
): object =>
  draft.from(path, {
    from: "inline",
    name,
    path: `inline/${name}.yaml`,
    repository: draft.from(path, {
      metadata: { format: "Lava-Test Test Definition 1.0", name, description },
      run: { steps: draft.from(path, [...steps]) },
      ...(parse && { parse: draft.from(path, parse) }),
    }),
  })

/** A command that cannot stand between `if` and `then` as it is. */
const unfit = /[#\n]|<<|[&;]\s*$|\b(if|case|for|while|until)\b/

/**
 * A line of shell that runs a command in this shell, so that what it sets stays set, and reports whether it succeeded;
 * the script goes on either way.
 */
export const reportedStep = (name: string, command: string): string =>
  `if ${unfit.test(command) ? `eval ${quoteWord(command)}` : command}; then lava-test-case ${name} --result pass; else lava-test-case ${name} --result fail; fi`
