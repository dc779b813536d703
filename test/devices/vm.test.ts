import { describe, it } from "vitest"
import { vm } from "../../src/devices/vm.ts"
import { conformance, loadBoardScript } from "../../src/testing.ts"
import { readyMade } from "../board/boards.ts"
import { job } from "../cli/board-lab.ts"

conformance({
  plugin: vm,
  deviceType: "device-types/vm.json",
  board: await loadBoardScript(readyMade("instant-runner")),
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
