import { existsSync, readdirSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { startBoard } from "../../src/board/board.ts"
import { useDirectory } from "../core/testshell/device.ts"
import { readCase } from "./case.ts"
import { dictionaryOf } from "./dictionary.ts"
import { documentedDifferences } from "./differences.ts"
import { dispatchRun } from "./dispatch-run.ts"
import { type LavaRun, useLavaRun } from "./lava-run.ts"
import { compared } from "./outcome.ts"
import { useRepository } from "./repository.ts"

const cases = join(import.meta.dirname, "cases")
const lavaRun = await useLavaRun()
const directory = useDirectory()
const repository = useRepository()

const skipped = "missing" in lavaRun ? ` (skipped: ${lavaRun.missing})` : ""

describe.skipIf(skipped !== "")(`LAVA's own dispatcher and this one${skipped}`, () => {
  for (const file of readdirSync(cases)) {
    const name = file.replace(/\.yaml$/, "")
    it.concurrent(`agree on ${name}`, { timeout: 120_000 }, async ({ onTestFailed }) => {
      if ("missing" in lavaRun) return
      const { job, board: script, differs } = readCase(join(cases, file), repository)
      const at = (ending: string) => join(directory.path, `${name}.${ending}`)
      await writeFile(at("job.yaml"), job)
      const onBoard = async (run: LavaRun["run"], whose: string) => {
        await using board = await startBoard(script, { listen: { telnet: 0 }, control: 0 })
        await writeFile(at(`${whose}.device.yaml`), dictionaryOf(board))
        return await run(at("job.yaml"), at(`${whose}.device.yaml`))
      }
      const [theirs, ours] = await Promise.all([
        onBoard(lavaRun.run, "lava"),
        onBoard(dispatchRun, "here"),
      ])
      onTestFailed(() => {
        process.stdout.write(`LAVA's log:\n${theirs.log}\n\nours:\n${ours.log}\n`)
      })
      const only = (results: ReadonlyArray<string>, others: ReadonlyArray<string>) =>
        results.filter((result) => !others.includes(result))
      const [lava, here] = [compared(theirs), compared(ours)]
      expect({ lava: only(lava, here), here: only(here, lava) }).toEqual({
        lava: Object.values(differs)
          .flatMap((each) => each.lava ?? [])
          .toSorted(),
        here: Object.values(differs)
          .flatMap((each) => each.here ?? [])
          .toSorted(),
      })
    })
  }
})

describe("docs/lava-differences.md", () => {
  const rows = documentedDifferences()

  it("tells of every difference that is allowed here", () => {
    const allowed = readdirSync(cases).flatMap((file) =>
      Object.keys(readCase(join(cases, file), {}).differs),
    )
    expect(allowed.length).toBeGreaterThan(0)
    expect(rows.map(({ what }) => what)).toEqual(expect.arrayContaining(allowed))
  })

  it.each(rows)("has a test for: $what", ({ test }) => {
    expect(existsSync(test)).toBe(true)
  })
})
