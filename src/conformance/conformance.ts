import { basename } from "node:path"
import type { BoardScriptInput } from "../board/script.ts"
import type { DevicePlugin, PluginMethods } from "../core/lab/plugin.ts"
import { endingsOf, wrongEnding, wrongEndings } from "./endings.ts"
import { unlikeThePlan } from "./plan-equals-run.ts"
import { leftBy } from "./scratch.ts"
import type { DeviceKeys, Subject } from "./subject.ts"
import { type JobInput, runTrial, type Trial } from "./trial.ts"
import type { TrialDevice } from "./trial-device.ts"
import { acceptedMistakes } from "./wrong-parameters.ts"

/** What is tried, and the functions of the test runner that does it. */
export interface ConformanceOptions<P, M extends PluginMethods> {
  readonly plugin: DevicePlugin<P, M>
  /** A device type that names the plugin: its file, or what it says. */
  readonly deviceType: string | object
  /**
   * The script of a board of this type, or the script's file; see BoardScript. For devices that have no console or no
   * power switch: what starts one, of its own for each trial, which has this name in the lab.
   */
  readonly board: string | BoardScriptInput | ((name: string) => Promise<TrialDevice>)
  /** Jobs that pass on it: their files, or what they say. */
  readonly jobs: ReadonlyArray<string | object>
  /** Further keys of the device in the lab file, as its `mac`, and of its `power`, which the board switches. */
  readonly device?: DeviceKeys
  /** Vitest's, node:test's, or another runner's that is called like it. */
  readonly describe: (name: string, define: () => void) => unknown
  /** As `describe`; the limit, in ms, is for runners that have one. */
  readonly test: (name: string, run: () => Promise<void>, limit: number) => unknown
}

/** A test of many trials may take so long, in ms. */
const testMs = 180_000

/**
 * The tests that every device plugin passes, whatever it drives. Each job runs on a scripted board, over and over:
 * undisturbed, with its console failing at one moment after the other, canceled in one action after the other. Where
 * there is no console to fail, the device falls silent in one action after the other.
 *
 * ```ts
 * import { describe, test } from "node:test"
 * import { conformance } from "lab-dispatch/testing"
 *
 * conformance({ plugin, deviceType: "device-types/my-board.json", board: "test/board.yaml", jobs: ["job.json"], describe, test })
 * ```
 */
export const conformance = <P, M extends PluginMethods>({
  jobs,
  describe,
  test,
  ...options
}: ConformanceOptions<P, M>): void => {
  const subject: Subject = { ...options, plugin: options.plugin as unknown as DevicePlugin }
  describe(`the plugin ${subject.plugin.name}`, () => {
    test(
      "refuses parameters that are wrong, and tells where they stand",
      async () => expectNothing(await acceptedMistakes(subject)),
      testMs,
    )
    for (const [index, job] of jobs.entries()) {
      const passing = once(() => runTrial(subject, job))
      const check = (name: string, wrong: () => Promise<ReadonlyArray<string>>) =>
        test(`${nameOf(job, index)}: ${name}`, async () => expectNothing(await wrong()), testMs)

      check("passes, and does what its plan shows, nothing else", async () => {
        const { found, besides } = await checked(passing, async (trial) => unlikeThePlan(trial))
        return [...(found ?? []), ...besides]
      })
      const tried = once(() => checked(passing, (trial) => wrongEndings(subject, job, trial)))
      for (const ending of endingsOf(subject)) {
        check(ending.name, async () => {
          const { found, besides } = await tried()
          return [...(found?.(ending) ?? []), ...besides]
        })
      }
    }
  })
}

/** Checks something by a job that has passed; answers what it has found, and what else is wrong: what is left behind. */
const checked = async <A>(
  passing: () => Promise<Trial>,
  check: (trial: Trial) => Promise<A>,
): Promise<{ readonly found: A | undefined; readonly besides: ReadonlyArray<string> }> => {
  let found: A | undefined
  let failed: ReadonlyArray<string> = []
  const left = await leftBy(async () => {
    const trial = await passing()
    failed = notPassed(trial)
    if (failed.length === 0) found = await check(trial)
  })
  const besides = [...failed, ...left.map((each) => `after all jobs had ended, ${each}`)]
  return { found, besides }
}

const notPassed = (trial: Trial): ReadonlyArray<string> => {
  const { status, error, cases = [] } = trial.result ?? {}
  const failed = cases.filter(({ result }) => result === "fail")
  return [
    ...(status !== undefined && status !== "complete"
      ? [
          `the job does not pass on an undisturbed board: ${error?.message ?? status}`,
          ...(error?.console ?? []).map((line) => `  console: ${line}`),
        ]
      : failed.map(({ suite, case: name }) => `the test case ${suite} ${name} fails`)),
    ...wrongEnding(trial),
  ]
}

const expectNothing = (wrong: ReadonlyArray<string>): void => {
  if (wrong.length > 0) throw new Error(wrong.map((each) => `\n- ${each}`).join(""))
}

const nameOf = (job: JobInput, index: number): string => {
  if (typeof job === "string") return basename(job)
  return "job_name" in job ? String(job.job_name) : `job ${index + 1}`
}

/** A value that is made when it is first asked for. */
const once = <A>(make: () => Promise<A>): (() => Promise<A>) => {
  let made: Promise<A> | undefined
  return () => (made ??= make())
}
