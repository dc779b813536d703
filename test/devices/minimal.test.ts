import { describe, it } from "vitest"
import { minimal } from "../../src/devices/minimal.ts"
import { conformance } from "../../src/testing.ts"
import { readyMade } from "../board/boards.ts"
import { job } from "../cli/board-lab.ts"

conformance({
  plugin: minimal,
  deviceType: "device-types/generic.json",
  board: readyMade("instant-runner"),
  jobs: [job],
  describe,
  test: it,
})
