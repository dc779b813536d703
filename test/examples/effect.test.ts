import { existsSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import tmp from "tmp"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { onEachBoard } from "../../examples/effect/on-each-board.ts"
import { loadLab } from "../../src/index.ts"
import { job } from "../cli/board-lab.ts"
import { boardsAndLab, script } from "./boards.ts"

describe("onEachBoard of examples/effect", () => {
  it("runs the job on all boards, and answers in their order", async () => {
    const { boards, lab } = await boardsAndLab([await script(0.5), await script(0)])
    const results = await Effect.runPromise(
      onEachBoard({ value: job }, await loadLab(lab), "generic"),
    )
    expect(results).toMatchObject([
      { device: "board-01", status: "complete" },
      { device: "board-02", status: "complete" },
    ])
    expect(boards.map(({ powered }) => powered)).toEqual([false, false])
  })

  it("gives a board a second try where the lab failed", async () => {
    const { lab } = await boardsAndLab([await script(0)])
    const power = lab.devices["board-01"]?.power
    const { name: directory, removeCallback } = tmp.dirSync({ unsafeCleanup: true })
    onTestFinished(removeCallback)
    const failsOnce = `mkdir ${directory}/tried && exit 1; ${power?.on.at(-1)}`
    const devices = {
      "board-01": {
        ...lab.devices["board-01"],
        power: { ...power, on: ["bash", "-c", failsOnce], attempts: 1 },
      },
    }
    const results = await Effect.runPromise(
      onEachBoard({ value: job }, await loadLab({ devices }), "generic"),
    )
    expect(existsSync(join(directory, "tried"))).toBe(true)
    expect(results).toMatchObject([{ device: "board-01", status: "complete" }])
  })

  it("switches the boards off when it is interrupted", async () => {
    const hanging = await script(0, true)
    const { boards, lab } = await boardsAndLab([hanging, hanging])
    const fiber = Effect.runFork(onEachBoard({ value: job }, await loadLab(lab), "generic"))
    await vi.waitFor(
      () => expect(boards.map(({ powered }) => powered)).toEqual([true, true]),
      10_000,
    )
    await Effect.runPromise(Fiber.interrupt(fiber))
    expect(boards.map(({ powered }) => powered)).toEqual([false, false])
  })
})
