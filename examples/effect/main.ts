import * as Effect from "effect/Effect"
import { loadLabEffect } from "lab-dispatch"
import { onEachBoard } from "./on-each-board.ts"

const [job = "job.json", labFile = "lab.json", type = "generic"] = process.argv.slice(2)

const program = Effect.gen(function* () {
  const lab = yield* loadLabEffect(labFile)
  const results = yield* onEachBoard(job, lab, type)
  for (const { device, status, cases, error } of results) {
    const passed = cases.filter(({ result }) => result === "pass").length
    console.log(`${device}: ${status}, ${passed} of ${cases.length} passed ${error?.message ?? ""}`)
  }
})

const stop = new AbortController()
process.once("SIGINT", () => stop.abort())
await Effect.runPromise(program, { signal: stop.signal })
