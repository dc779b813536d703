import * as Effect from "effect/Effect"
import { renderProblem } from "../core/source/problem.ts"
import { displayOf } from "../core/report/output.ts"
import { styleFor } from "../core/report/style.ts"
import { type CheckedFile, checkFile } from "./check-file.ts"
import { labFor } from "./find-lab.ts"
import type { JobOptions } from "./settle-job.ts"

/** The options of `dispatch validate`. */
export interface ValidateOptions extends JobOptions {
  readonly format: "text" | "json"
}

/**
 * Checks files and prints what is wrong with them. Answers the exit code; rejects with InvalidFile where the
 * lab file of --lab, or the device of --device, is wrong.
 */
export const validate = async (
  files: ReadonlyArray<string>,
  { lab, device, format }: ValidateOptions,
): Promise<number> => {
  const isAsked = lab !== undefined || device !== undefined
  const where = isAsked ? await labFor(lab, device) : undefined
  const checked: Array<CheckedFile> = []
  for (const file of files) checked.push(await Effect.runPromise(checkFile(file, where)))
  const text = format === "json" ? asJson(checked) : asText(checked)
  process.stdout.write(text)
  return checked.every(isGood) ? 0 : 2
}

const isGood = ({ problems }: CheckedFile): boolean =>
  problems.every(({ severity }) => severity === "warning")

const asText = (checked: ReadonlyArray<CheckedFile>): string => {
  const { green, dim, signs } = styleFor(displayOf())
  const lines = checked.flatMap((each) => [
    ...each.problems.map(renderProblem),
    ...(isGood(each) ? [`${green(signs.pass)} ${each.file} ${dim(`(${each.kind})`)}`] : []),
  ])
  return `${lines.join("\n")}\n`
}

const asJson = (checked: ReadonlyArray<CheckedFile>): string =>
  `${JSON.stringify(checked, null, 2)}\n`
