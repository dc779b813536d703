import { quoteWord } from "../console/quote.ts"
import { dependencies, type Parameters } from "./definition.ts"
import type { LoadedDefinition } from "./load-definition.ts"

/** A value as LAVA puts it into a variable: booleans are Python's, nothing is the empty text. */
const valueText = (value: Parameters[string]): string => {
  if (typeof value === "boolean") return value ? "True" : "False"
  return value === null ? "" : String(value)
}

/** Lines that export variables, in the given order. */
export const exportLines = (variables: Parameters | null | undefined): ReadonlyArray<string> =>
  Object.entries(variables ?? {}).map(
    ([name, value]) => `export ${name}=${quoteWord(valueText(value))}`,
  )

/** The definition's parameters, and then the job's, which win. */
const parameterLines = ({ ref, definition }: LoadedDefinition): ReadonlyArray<string> => [
  "# Parameters of the test definition",
  ...exportLines(definition.params),
  ...exportLines(definition.parameters),
  "# Parameters of the job",
  ...exportLines(ref.parameters),
  ...exportLines(ref.params),
]

/**
 * A step as a line of shell. In a command given to --shell or --cmd, $1 and the like are not the
 * script's own arguments but awk's, say: LAVA keeps the script from replacing them.
 */
const stepLine = (step: string): string =>
  /--(?:shell|cmd)/.test(step) ? step.replace(/\$(\d+)\b/g, String.raw`\$$$1`) : step

/**
 * The run.sh of a test. Its exit status is that of the first step that fails, or of the last.
 *
 * @param directory the test's directory on the device
 * @param name `<index>_<name>`
 * @param shell the device's shell
 */
export const runScript = (
  loaded: LoadedDefinition,
  directory: string,
  name: string,
  shell: string,
): string =>
  [
    `#!${shell}`,
    ...parameterLines(loaded),
    `export TESTRUN_ID=${quoteWord(name)}`,
    "set -e",
    `cd ${quoteWord(directory)}`,
    'UUID="$(cat uuid)"',
    "set -x",
    ...(loaded.definition.run?.steps ?? []).map(stepLine),
    "",
  ].join("\n")

/**
 * The install.sh of a test; undefined where nothing is to be done on the device. It fails where
 * packages, keys or sources do; of the steps, the last one decides, as in LAVA.
 *
 * @param distro what the deploy action says of the system (`os`), for `deps-<distro>`
 */
export const installScript = (
  loaded: LoadedDefinition,
  directory: string,
  shell: string,
  distro?: string,
): string | undefined => {
  const { install } = loaded.definition
  if (!install) return undefined
  const skipped = new Set(loaded.ref.skip_install ?? install.skip_install ?? [])
  const unless = (part: "keys" | "sources" | "deps" | "steps", lines: ReadonlyArray<string>) =>
    skipped.has(part) || skipped.has("all") ? [] : lines
  const packages = dependencies(loaded.definition, distro)
  const work = [
    ...unless(
      "keys",
      install.keys.map((key) => `lava-add-keys ${key} || exit`),
    ),
    ...unless(
      "sources",
      install.sources.map((source) => `lava-add-sources ${source} || exit`),
    ),
    ...unless(
      "deps",
      packages.length === 0 ? [] : [`lava-install-packages ${packages.join(" ")} || exit`],
    ),
    ...unless("steps", install.steps.map(stepLine)),
  ]
  if (work.length === 0) return undefined
  const place = `cd ${quoteWord(directory)} || exit`
  return [`#!${shell}`, ...parameterLines(loaded), place, "set -x", ...work, ""].join("\n")
}
