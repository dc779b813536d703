import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execa } from "execa"
import type { Board } from "../../src/board/board.ts"
import { deviceEntry } from "../../src/board/device-entry.ts"
import { cli } from "../cli/command.ts"
import type { Outcome, Result } from "./outcome.ts"

/** Runs a job by `dispatch` on a scripted board. */
export const dispatchRun = async (job: string, board: Board): Promise<Outcome> => {
  const directory = await mkdtemp(join(tmpdir(), "lab-dispatch-differential-"))
  try {
    const lab = join(directory, "lab.json")
    const entry = {
      device_type: "generic",
      ...deviceEntry(board),
      parameters: { kernel_start_message: "Linux version [0-9]" },
      commands: { mark: { do: "touch /tmp/mark", undo: "rm -f /tmp/mark" } },
    }
    await writeFile(lab, JSON.stringify({ devices: { "board-01": entry } }))
    const out = join(directory, "out")
    const { stderr } = await execa(
      process.execPath,
      [cli, job, "--lab", lab, "--output-dir", out],
      { reject: false, timeout: 120_000 },
    )
    const log = await readFile(join(out, "logs.yaml"), "utf8").catch(() => stderr)
    const results = await readFile(join(out, "results.json"), "utf8")
    return { log, results: JSON.parse(results) as ReadonlyArray<Result> }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
