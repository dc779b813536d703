import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { checkJob } from "../core/job/definition.ts"
import type { PluginOf } from "../core/job/dialect/dialect.ts"
import { translateJob } from "../core/job/dialects.ts"
import { pluginIn } from "../core/lab/choose-device.ts"
import { ConfigurationError } from "../core/pipeline/errors.ts"
import { displayOf } from "../core/report/output.ts"
import { styleFor } from "../core/report/style.ts"
import { readDocument, type SourceDocument } from "../core/source/document.ts"
import { InvalidFile } from "../core/source/invalid-file.ts"
import { renderProblem } from "../core/source/problem.ts"
import { findLab } from "./find-lab.ts"
import type { LabOptions } from "./options.ts"

/** The options of `dispatch convert`. */
export interface ConvertOptions extends LabOptions {
  readonly format: "yaml" | "json"
}

/**
 * Prints a job of another format in LAVA's second, and what changed; answers the exit code. Rejects with InvalidFile
 * where the job cannot be translated, with ConfigurationError where there is nothing to translate.
 */
export const convert = async (path: string, { format, lab }: ConvertOptions): Promise<number> => {
  const pluginOf = lab === undefined ? () => undefined : await pluginsOf(lab)
  const document = await Effect.runPromise(readDocument(path))
  const job = await Effect.runPromise(translateJob(document, pluginOf))
  if (!job) {
    throw new ConfigurationError({
      message: `${path} is no job of LAVA v1, nor one of KernelCI's pull-labs: there is nothing to convert`,
    })
  }
  if (job.problems.length > 0) throw new InvalidFile(job.problems)
  const unsupported = unsupportedIn(job.document)
  const { blanks, notes } = job
  const places = `${blanks.length} place${blanks.length === 1 ? "" : "s"}`
  const template = blanks.length > 0 ? `, a template with ${places} to fill in` : ""
  if (format === "yaml") {
    const { commentedYaml } = await import("../core/job/dialect/commented-yaml.ts")
    const title = ` Translated from ${path} (${job.dialect}${template}); LINE:COLUMN are of that file`
    process.stdout.write(commentedYaml(job, [title, ...unsupported.map((each) => ` ${each}`)]))
    return 0
  }
  process.stdout.write(`${JSON.stringify(job.document.value, null, 2)}\n`)
  const { yellow, dim, signs } = styleFor(displayOf(process.stderr))
  for (const note of notes) {
    const shown = renderProblem(note)
    process.stderr.write(
      note.kind === "lost" ? `${yellow(`${signs.warning} ${shown}`)}\n` : `${dim(shown)}\n`,
    )
  }
  for (const each of unsupported) process.stderr.write(`${yellow(`${signs.warning} ${each}`)}\n`)
  if (template !== "") process.stderr.write(`${dim(`${path}${template}`)}\n`)
  return 0
}

/**
 * What the translated job asks for that cannot be done here, a sentence each. Throws an InvalidFile where it is no job
 * in LAVA's second format.
 */
const unsupportedIn = (document: SourceDocument): ReadonlyArray<string> => {
  const checked = checkJob(document)
  const problems = Result.isSuccess(checked) ? checked.success.warnings : checked.failure
  const wrong = problems.filter(({ severity }) => severity === undefined)
  if (wrong.length > 0) throw new InvalidFile(wrong)
  return problems.map(renderProblem)
}

const pluginsOf = async (lab: string): Promise<PluginOf> => {
  const { loadLab } = await import("../index.ts")
  return pluginIn(await loadLab(findLab(lab)))
}
