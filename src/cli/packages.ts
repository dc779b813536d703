import { whatThereIs } from "../core/source/spelling.ts"
import type { Repository } from "../core/packages/repository.ts"
import { ConfigurationError } from "../core/pipeline/errors.ts"
import { exitCodes } from "../core/report/exit-code.ts"
import { quote } from "../core/source/problem.ts"
import { loadLab } from "../index.ts"
import { catchEndingSignals } from "./ending-signals.ts"
import { tellFailure } from "./failure.ts"
import { findLab } from "./find-lab.ts"
import type { LabOptions } from "./options.ts"
import { packageTasks } from "./package-tasks.ts"
import { showPackages } from "./packages-view.ts"

/** What is done with packages. */
export type PackagesTask = "upload" | "list" | "remove" | "verify"

/** The options of `dispatch packages`. */
export interface PackagesOptions extends LabOptions {
  readonly repository?: string
  readonly custom?: true
  readonly all?: true
  /** Days. */
  readonly unused?: number
  /** Megabytes. */
  readonly keepFree?: number
  readonly format: "text" | "json"
}

/**
 * Does something with the packages of the lab's repositories, and prints what came of it. Answers the exit code; rejects with ConfigurationError.
 */
export const packages = async (
  what: PackagesTask,
  names: ReadonlyArray<string>,
  options: PackagesOptions,
): Promise<number> => {
  checkOptions(what, names, options)
  const lab = await loadLab(findLab(options.lab))
  const repositories = chosen(lab.repositories, options)
  const aborted = new AbortController()
  catchEndingSignals().take(() => aborted.abort())
  let code = 0
  const tell = (error: unknown) => {
    if (!aborted.signal.aborted) code = Math.max(code, tellFailure(error))
  }
  const task = { names, options, repositories, signal: aborted.signal, tell }
  const rows = await packageTasks[what](task)
  process.stdout.write(showPackages(rows, options.format))
  if (aborted.signal.aborted) return exitCodes.CanceledError
  return code === 0 && rows.some(({ state }) => bad.has(state)) ? exitCodes.JobError : code
}

const bad: ReadonlySet<string> = new Set(["wrong", "missing"])

const checkOptions = (
  what: PackagesTask,
  names: ReadonlyArray<string>,
  { all, unused, keepFree }: PackagesOptions,
): void => {
  const wrong = (message: string) => {
    throw new ConfigurationError({ message })
  }
  if (unused !== undefined && what !== "remove") wrong(`--unused belongs to remove, not to ${what}`)
  if (keepFree !== undefined && what !== "upload")
    wrong(`--keep-free belongs to upload, not to ${what}`)
  if (what === "upload") {
    if (names.length === 0) wrong("expected files to upload")
  } else if (what === "list") {
    if (names.length > 0 || all) wrong("list shows all packages: expected neither names nor --all")
  } else if ([names.length > 0, all, unused !== undefined].filter(Boolean).length !== 1) {
    wrong(
      `expected what to ${what}: names of packages, or --all${what === "remove" ? ", or --unused" : ""}`,
    )
  }
}

const chosen = (
  repositories: ReadonlyArray<Repository>,
  { repository, custom }: PackagesOptions,
): ReadonlyArray<Repository> => {
  if (repository !== undefined) {
    const found = repositories.filter(({ name }) => name === repository)
    if (found.length > 0) return found
    const names = repositories.map(({ name }) => name)
    throw new ConfigurationError({
      message: `the lab has no repository ${quote(repository)}; ${whatThereIs(repository, names)}`,
    })
  }
  const found = repositories.filter(({ kind }) => !custom || kind === "custom")
  if (found.length > 0) return found
  throw new ConfigurationError({
    message: `the lab file names no "repositories"${custom ? ` whose "kind" is "custom"` : ""}`,
  })
}
