import * as Effect from "effect/Effect"
import type { Blocks } from "../../core/job/v2/job.ts"
import type { Dialogue } from "../../core/job/v2/test/interactive.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action, sequence } from "../../core/pipeline/action.ts"
import type { DispatchError } from "../../core/pipeline/errors.ts"
import { report } from "../../core/pipeline/events.ts"
import { findData } from "../../core/pipeline/job-data.ts"
import { BootLoaderPrompt, DeviceShell } from "../connection.ts"
import { runStep, type Variables } from "./dialogue-step.ts"

/**
 * LAVA's interactive tests: types commands on the console and looks at what comes back. Each dialogue is a suite of the
 * results, each step with a name a test case.
 *
 * @param stage how many blocks of the job before this one have test definitions: LAVA's number before the suites' names
 */
export const interactiveTest = (
  { interactive: dialogues }: Extract<Blocks["test"], { interactive: unknown }>,
  stage: number,
): Action<JobServices> =>
  sequence("lava-test-interactive-retry", "talk to the device", [
    action({
      name: "lava-test-interactive",
      description: `talk to the device: ${dialogues.map(({ name }) => name).join(", ")}`,
      details: dialogues.flatMap(({ script }) =>
        script.flatMap(({ command }) => (command ? [`type ${command}`] : [])),
      ),
      run: Effect.gen(function* () {
        const shell = yield* findData(DeviceShell)
        // A dialogue knows the system by its own prompt.
        if (shell && !(yield* findData(BootLoaderPrompt))) yield* shell.release
        for (const dialogue of dialogues) {
          yield* runDialogue(dialogue, `${stage}_${dialogue.name}`)
        }
      }),
    }),
  ])

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
