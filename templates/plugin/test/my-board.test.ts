import { describe, test } from "node:test"
import { conformance } from "lab-dispatch/testing"
import plugin from "../src/my-board.ts"

conformance({
  plugin,
  deviceType: "device-types/my-board.json",
  board: "boards/my-board.yaml",
  jobs: ["jobs/smoke.json"],
  describe,
  test,
})
