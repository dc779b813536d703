import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import type { BoardScriptInput } from "../../../src/board/script.ts"
import { dispatch, loadLab } from "../../../src/index.ts"
import { boardLab, job } from "../../cli/board-lab.ts"

const bootOnly = (boot: object) => ({
  value: { ...job, actions: [{ boot: { ...job.actions[0]?.boot, ...boot } }] },
})

const script = (firstWords: string): BoardScriptInput => ({
  name: "a board whose login prompt is read by nobody",
  power: true,
  on_power: [{ print: firstWords }, { state: "login" }],
  states: {
    login: {
      prompt: "",
      commands: [
        { match: "^root$", do: [{ state: "shell" }] },
        { match: "^$", do: [{ print: "\nboard login: " }] },
      ],
    },
    shell: { shell: true, prompt: "root@board:~# " },
  },
})

it("presses Enter for a system that has been at its login prompt for long", async () => {
  const { directory } = await boardLab({ script: script("") })
  const lab = await loadLab(join(directory, "lab.json"))
  const run = dispatch(bootOnly({ reset: false }), { lab })
  expect(await run.result).toMatchObject({ status: "complete" })
})

/** The lab of a board whose kernel is expected to say that it starts. */
const expectingKernel = async (firstWords: string) => {
  const { directory } = await boardLab({ script: script(firstWords) })
  const file = join(directory, "lab.json")
  const described = JSON.parse(readFileSync(file, "utf8"))
  described.devices["board-01"].parameters = { kernel_start_message: "Linux version" }
  return loadLab(described)
}

it("presses Enter where a kernel message has broken the prompt up", async () => {
  const lab = await expectingKernel(
    "Linux version 6.12.0\nboard log[    3.1] random: crng init done\nin: ",
  )
  const run = dispatch(bootOnly({}), { lab })
  expect(await run.result).toMatchObject({ status: "complete" })
})

it("logs in to a system whose kernel was told to be quiet", async () => {
  const lab = await expectingKernel("Loading Linux 6.12.0 ...\nboard login: ")
  const run = dispatch(bootOnly({ timeout: { seconds: 20 } }), { lab })
  expect(await run.result).toMatchObject({ status: "complete" })
})
