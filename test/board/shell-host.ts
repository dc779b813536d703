// A process of its own with a board in whose shell something sleeps, to be killed from outside.
import { readdirSync, readFileSync } from "node:fs"
import { startBoard } from "../../src/board/board.ts"
import { ConsoleClient } from "./console-client.ts"

const [, , time = ""] = process.argv
const board = await startBoard(
  {
    name: "a shell",
    on_power: [{ state: "shell" }],
    states: { shell: { shell: true, prompt: "# " } },
  },
  { listen: { tcp: 0 } },
)
const client = await ConsoleClient.open(board)
await board.power("on")
await client.until("# ")
client.type(`setsid sleep ${time} &\r`)
await client.until("\n# ")
const asleep = () =>
  readdirSync("/proc").some((entry) => {
    try {
      return readFileSync(`/proc/${entry}/cmdline`, "latin1") === `sleep\0${time}\0`
    } catch {
      return false
    }
  })
while (!asleep()) await new Promise((resolve) => setTimeout(resolve, 20))
process.send?.("asleep")
