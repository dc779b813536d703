import { graceSeconds, type JobInput, runTrial, type Trial, type TrialChanges } from "./trial.ts"
import type { LinkFault } from "./console-link.ts"
import type { Subject } from "./subject.ts"

/** A trial that must end well, and when it is, as it reads in a report. */
interface Case {
  readonly when: string
  readonly changes: TrialChanges
}

/** So many trials run at a time. */
const atOnce = 10
/** At so many moments of a job its console fails. */
const moments = 10

/** What is wrong with how a trial has ended, whatever became of the job, a sentence each. */
export const wrongEnding = (
  { result, started, taken }: Trial,
  { seconds }: TrialChanges = {},
): ReadonlyArray<string> => {
  if (!result) {
    const last = started.at(-1)
    const where = last ? `${last.name} (${last.level}) had begun last` : "no action had begun"
    const time = `${graceSeconds} s after ${seconds === undefined ? "it should have ended" : `its time limit of ${seconds} s`}`
    return [
      `the job still ran ${time}; ${where}. Every wait needs an end: take the seconds from remainingSeconds, give \`signal\` to what an async function waits for, and make no Effect uninterruptible that waits`,
    ]
  }
  const { error } = result
  return [
    ...(error?._tag === "BugError"
      ? [`${error.action ?? "the job"} ended with a BugError, as mistakes do: ${error.message}`]
      : []),
    ...taken.map((each) => `${each} after the job's end`),
  ]
}

/** What is wrong when the console fails, for good, at any moment of a job. */
export const wrongOnFailure = (
  subject: Subject,
  job: JobInput,
  passing: Trial,
  fault: LinkFault,
): Promise<ReadonlyArray<string>> => {
  const seconds = Math.ceil(passing.seconds * 2) + 2
  const what = fault === "silence" ? "the board falls silent" : "the console is lost"
  const cases = momentsOf(passing.read).map(({ afterBytes, said }) => ({
    when: `${what} ${said}`,
    changes: { seconds, failure: { fault, afterBytes } },
  }))
  return wrongIn(subject, job, cases)
}

/** What is wrong when a device that is no scripted board falls silent in any action of a job. */
export const wrongOnSilence = (
  subject: Subject,
  job: JobInput,
  { started, seconds }: Trial,
): Promise<ReadonlyArray<string>> => {
  const limit = Math.ceil(seconds * 2) + 2
  const cases = started.map(({ name, level }) => ({
    when: `the device falls silent in ${name} (${level})`,
    changes: { seconds: limit, silentAt: level },
  }))
  return wrongIn(subject, job, cases)
}

/** What is wrong when a job is canceled in any of its actions. */
export const wrongOnCancel = (
  subject: Subject,
  job: JobInput,
  { started, seconds }: Trial,
): Promise<ReadonlyArray<string>> => {
  const limit = Math.ceil(seconds * 2) + 60
  const cases = started.map(({ name, level }) => ({
    when: `the job is canceled in ${name} (${level})`,
    changes: { seconds: limit, cancelAt: level },
  }))
  return wrongIn(subject, job, cases)
}

/** A job must have come to the action in which it is canceled, or nothing was tried. */
const notCanceled = (
  { result, started }: Trial,
  { cancelAt }: TrialChanges,
): ReadonlyArray<string> =>
  cancelAt === undefined || !result || started.some(({ level }) => level === cancelAt)
    ? []
    : [`the job does not come so far this time: ${result.error?.message ?? result.status}`]

const wrongIn = async (
  subject: Subject,
  job: JobInput,
  cases: ReadonlyArray<Case>,
): Promise<ReadonlyArray<string>> => {
  const wrong: Array<string> = []
  const left = [...cases]
  const worker = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const { when, changes } = next
      const trial = await runTrial(subject, job, changes)
      for (const each of [...wrongEnding(trial, changes), ...notCanceled(trial, changes)]) {
        wrong.push(`when ${when}: ${each}`)
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return wrong
}

/** Moments in what a board has written: before all, after a line and within one, spread evenly. */
const momentsOf = (
  read: string,
): ReadonlyArray<{ readonly afterBytes: number; readonly said: string }> => {
  const ends = [...read.matchAll(/[^\n]*\n?/g)].flatMap(({ index, 0: line }) =>
    line === "" ? [] : [index + Math.ceil(line.length / 2), index + line.length],
  )
  const step = Math.max(1, ends.length / (moments - 1))
  const chosen = Array.from(
    { length: Math.min(ends.length, moments - 1) },
    (_, index) => ends[Math.floor(index * step)]!,
  )
  return [0, ...new Set(chosen)].map((afterBytes) => {
    const text = read.slice(0, afterBytes).replace(/\r?\n$/, "")
    const line = text.slice(text.lastIndexOf("\n") + 1).slice(-60)
    const said =
      afterBytes === 0
        ? "from the beginning"
        : `after ${afterBytes} of its ${read.length} bytes, behind ${JSON.stringify(line)}`
    return { afterBytes, said }
  })
}
