import * as Effect from "effect/Effect"
import { setTimeout as sleep } from "node:timers/promises"
import { expect, it } from "vitest"
import { abortable } from "../../../src/core/artifacts/abortable.ts"

it("an interruption waits until the code has cleaned up", async () => {
  const abort = new AbortController()
  const steps: Array<string> = []
  const running = Effect.runPromise(
    abortable(async (signal) => {
      await sleep(10_000, undefined, { signal }).catch(() => steps.push("aborted"))
      await sleep(50)
      steps.push("cleaned up")
    }),
    { signal: abort.signal },
  ).catch(() => steps.push("interrupted"))
  abort.abort()
  await running
  expect(steps).toEqual(["aborted", "cleaned up", "interrupted"])
})
