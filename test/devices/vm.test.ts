import { describe, it } from "vitest"
import { vm } from "../../src/devices/vm.ts"
import { conformance, loadBoardScript } from "../../src/testing.ts"
import { readyMade } from "../board/boards.ts"
import { job } from "../cli/board-lab.ts"

const board = await loadBoardScript(readyMade("instant-runner"))
const [, values] = board.on_power

conformance({
  plugin: vm,
  deviceType: "device-types/vm.json",
  // In its snapshot, somebody has logged in.
  board: { ...board, on_power: [values!, { state: "shell" }] },
  jobs: [
    {
      ...job,
      job_name: "from a snapshot",
      actions: [
        { deploy: { to: "snapshot" } },
        { boot: { method: "minimal", prompts: ["root@board:~# "] } },
        ...job.actions.slice(1),
      ],
    },
  ],
  device: { power: { revert: "true" } },
  describe,
  test: it,
})
