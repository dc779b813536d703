import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execa } from "execa"
import { cli } from "../cli/command.ts"
import type { Outcome, Result } from "./outcome.ts"

/** Runs a job by `dispatch` on a device, both given by the paths of their files. */
export const dispatchRun = async (job: string, device: string): Promise<Outcome> => {
  const directory = await mkdtemp(join(tmpdir(), "lab-dispatch-differential-"))
  try {
    const { stderr } = await execa(
      process.execPath,
      [cli, job, "--device", device, "--output-dir", directory],
      { reject: false, timeout: 120_000 },
    )
    const read = (name: string) => readFile(join(directory, name), "utf8")
    const log = await read("logs.yaml").catch(() => stderr)
    const results = JSON.parse(await read("results.json")) as ReadonlyArray<Result>
    return { log, results }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
