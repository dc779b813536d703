import * as Effect from "effect/Effect"
import type { Blocks } from "../../core/job/v2/job.ts"
import type { Dialogue } from "../../core/job/v2/test/interactive.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import type { DispatchError } from "../../core/pipeline/errors.ts"
import { report } from "../../core/pipeline/events.ts"
import { runStep, type Variables } from "./dialogue-step.ts"

/**
 * LAVA's interactive tests: types commands on the console and looks at what comes back. Each dialogue is a suite of the
 * results, each step with a name a test case.
 *
 * @param before dialogues of the job before this block, from which theirs are counted on
 */
export const interactiveTest = (
  { interactive: dialogues }: Extract<Blocks["test"], { interactive: unknown }>,
  before: number,
): Action<JobServices> =>
  action({
    name: "lava-test-interactive",
    description: `talk to the device: ${dialogues.map(({ name }) => name).join(", ")}`,
    details: dialogues.flatMap(({ script }) =>
      script.flatMap(({ command }) => (command ? [`type ${command}`] : [])),
    ),
    run: Effect.forEach(
      dialogues,
      (dialogue, index) => runDialogue(dialogue, `${before + index}_${dialogue.name}`),
      { discard: true },
    ),
  })

const runDialogue = (
  dialogue: Dialogue,
  suite: string,
): Effect.Effect<void, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const variables: Variables = new Map()
    for (const step of dialogue.script) yield* runStep(step, dialogue, suite, variables)
  }).pipe(
    Effect.tap(() => report({ suite: "lava", case: suite, result: "pass" })),
    Effect.tapError(({ message }) =>
      report({
        suite: "lava",
        case: suite,
        result: "fail",
        errorMessage: message,
        errorType: "Test",
      }),
    ),
  )
