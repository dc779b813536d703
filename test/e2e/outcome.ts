import { expect } from "vitest"
import type { EndedRun } from "./dispatch-run.ts"

/** The result of a case. */
export const resultOf = ({ results }: EndedRun, suite: string, name: string) =>
  results.find((each) => each["definition"] === suite && each["case"] === name)

/** Expects that the job completed and all of its results are passes, that of the kernel among them. */
export const expectPass = (ended: EndedRun): void => {
  expect(ended.exitCode, ended.output).toBe(0)
  expect(ended.results.filter(({ result }) => result !== "pass")).toEqual([])
  const names = ended.results.map((each) => each["case"])
  expect(names).toEqual(expect.arrayContaining(["kernel-release", "job"]))
}

/** Expects that the job failed with this class of error, message and exit code. */
export const expectFailure = (
  ended: EndedRun,
  expected: { readonly exitCode: number; readonly type: string; readonly message: RegExp },
): void => {
  const job = resultOf(ended, "lava", "job")
  expect(job, ended.output).toMatchObject({ result: "fail", error_type: expected.type })
  expect(job?.["error_msg"]).toMatch(expected.message)
  expect(ended.exitCode).toBe(expected.exitCode)
}
