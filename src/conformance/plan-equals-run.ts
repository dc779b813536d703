import { usualActions } from "../core/pipeline/plan.ts"
import type { Trial } from "./trial.ts"

interface Step {
  readonly level: string
  readonly name: string
  readonly description: string
}

const line = ({ level, name, description }: Step): string => `${level} ${name}: ${description}`

/** Where a job that passed did something else than its plan says, a sentence each. */
export const unlikeThePlan = ({
  plan,
  started,
  touchedByPlanning,
}: Trial): ReadonlyArray<string> => {
  const planned = usualActions(plan.blocks).map(line)
  const ran = started.filter(({ attempt }) => attempt === 1).map(line)
  const missing = planned.filter((each) => !ran.includes(each))
  const further = ran.filter((each) => !planned.includes(each))
  return [
    ...(touchedByPlanning
      ? [
          "planning switched the board, opened its console or took something else of the device: a planner only makes actions, what they do is in their `run`",
        ]
      : []),
    ...missing.map((each) => `the plan shows ${each}, but it did not run`),
    ...further.map((each) => `${each} ran, but the plan does not show it`),
    ...(missing.length + further.length === 0 && planned.join("\n") !== ran.join("\n")
      ? [`the actions ran in another order than planned:\n${ran.join("\n")}`]
      : []),
  ]
}
