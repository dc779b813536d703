import { describe, it } from "vitest"
import { vm } from "../../src/devices/vm.ts"
import { conformance, loadBoardScript } from "../../src/testing.ts"
import { readyMade } from "../board/boards.ts"
import { job } from "../cli/board-lab.ts"

const script = await loadBoardScript(readyMade("instant-runner"))

conformance({
  plugin: vm,
  deviceType: "device-types/vm.json",
  // A machine that says nothing before somebody has its console open.
  board: { ...script, on_power: [{ wait: 0.5 }, ...script.on_power] },
  jobs: [
    {
      ...job,
      job_name: "from a snapshot of its disk",
      actions: [{ deploy: { to: "snapshot" } }, ...job.actions],
    },
  ],
  // Who brings a disk back by a command has it booted.
  device: { power: { revert: "true" } },
  describe,
  test: it,
})
