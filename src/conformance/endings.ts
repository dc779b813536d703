import { availableParallelism } from "node:os"
import type { LinkFault } from "./console-link.ts"
import { momentsOf } from "./moments.ts"
import type { Subject } from "./subject.ts"
import { graceSeconds, type JobInput, runTrial, type Trial, type TrialChanges } from "./trial.ts"

/** A way in which a job ends otherwise than it should, which is tried at one moment after the other. */
export interface Ending {
  /** What must hold then, as it reads behind a job's name. */
  readonly name: string
  /** The trials, by one in which the job has passed. */
  readonly cases: (passing: Trial) => ReadonlyArray<Case>
}

/** A trial that must end well, and when it is, as it reads in a report. */
interface Case {
  readonly when: string
  readonly changes: TrialChanges & { readonly seconds: number }
}

/** So many trials are on their way to their moments at a time. More would be slow, and the moments late. */
const atOnce = 3 * availableParallelism()
/** A trial whose moment does not come in its time has so many times as much, on a machine that is busy. */
const patience = [1, 3, 9]

/** A job that waits for what does not come takes all of this time. */
const shortly = ({ seconds }: Trial): number => Math.ceil(seconds * 2) + 2

const consoleFails = (name: string, what: string, fault: LinkFault): Ending => ({
  name,
  cases: (passing) =>
    momentsOf(passing.read).map(({ afterBytes, said }) => ({
      when: `${what} ${said}`,
      changes: { seconds: shortly(passing), failure: { fault, afterBytes } },
    })),
})

const silentBoard = consoleFails(
  "ends in time and switches off when the board falls silent",
  "the board falls silent",
  "silence",
)

const lostConsole = consoleFails(
  "ends and switches off when the console is lost",
  "the console is lost",
  "disconnect",
)

const silentDevice: Ending = {
  name: "ends in time and gives everything back when the device falls silent",
  cases: (passing) =>
    passing.started.map(({ name, level }) => ({
      when: `the device falls silent in ${name} (${level})`,
      changes: { seconds: shortly(passing), silentAt: level },
    })),
}

const canceled: Ending = {
  name: "ends and gives everything back when it is canceled in any action",
  cases: (passing) =>
    passing.started.map(({ name, level }) => ({
      when: `the job is canceled in ${name} (${level})`,
      changes: { seconds: shortly(passing) + 60, cancelAt: level },
    })),
}

/** The endings that are tried on a device; first those that take longest. */
export const endingsOf = ({ board }: Subject): ReadonlyArray<Ending> =>
  typeof board === "function" ? [silentDevice, canceled] : [silentBoard, lostConsole, canceled]

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

/** Tries all endings of a job, many at a time; answers what is wrong with each, a sentence each. */
export const wrongEndings = async (
  subject: Subject,
  job: JobInput,
  passing: Trial,
): Promise<(ending: Ending) => ReadonlyArray<string>> => {
  const wrong = new Map<Ending, Array<string>>()
  const left = endingsOf(subject).flatMap((ending) =>
    ending.cases(passing).map((each) => ({ ending, each })),
  )
  const trials: Array<Promise<void>> = []
  const worker = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const { ending, each } = next
      const moment = Promise.withResolvers<void>()
      const trial = wrongIn(subject, job, each, moment.resolve).then((found) => {
        const told = found.map((what) => `when ${each.when}: ${what}`)
        wrong.set(ending, [...(wrong.get(ending) ?? []), ...told])
      })
      trials.push(trial)
      // What comes after its moment is mostly waiting.
      await Promise.race([moment.promise, trial])
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  await Promise.all(trials)
  return (ending) => wrong.get(ending) ?? []
}

const wrongIn = async (
  subject: Subject,
  job: JobInput,
  { changes }: Case,
  onMoment: () => void,
): Promise<ReadonlyArray<string>> => {
  let came = ""
  for (const times of patience) {
    const longer = { ...changes, seconds: changes.seconds * times }
    const trial = await runTrial(subject, job, longer, onMoment)
    const wrong = wrongEnding(trial, longer)
    if (wrong.length > 0 || cameSoFar(trial, changes)) return wrong
    // The board wrote less than in the job that passed before: no line had to be typed twice, and the job is over.
    if (trial.result?.status === "complete") return []
    came = trial.result?.error?.message ?? "it ended"
  }
  return [`the job never comes so far: ${came}`]
}

/** Whether the moment has come for which the trial was made: else nothing was tried. */
const cameSoFar = (
  { started, read }: Trial,
  { failure, cancelAt, silentAt }: TrialChanges,
): boolean =>
  failure
    ? read.length >= failure.afterBytes
    : started.some(({ level }) => level === (cancelAt ?? silentAt))
