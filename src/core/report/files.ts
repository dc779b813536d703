import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { BufferedFile } from "../buffered-file.ts"
import { InfrastructureError, messageOf } from "../pipeline/errors.ts"
import { writeAtomically } from "./atomic-file.ts"
import { junitXml } from "./junit.ts"
import { lavaLog } from "./lava-log.ts"
import { type LavaResult, resultText } from "./lava-result.ts"
import type { JobStarted } from "../pipeline/events.ts"
import type { Reporter } from "./reporter.ts"
import type { JobSummary } from "./summary.ts"
import { tap } from "./tap.ts"

/**
 * Fills an output directory, made where it is missing: logs.yaml as the job runs, description.yaml when it has its
 * plan; when it is over results.yaml, results.json, results.jsonl, results.tap and junit.xml, each whole or not there. Throws an InfrastructureError where the directory cannot be
 * written; `end` rejects with what the disk had against a file when the others are done.
 *
 * @param summary what the job came to, when it is over
 */
export const filesReporter = (directory: string, summary: () => JobSummary): Reporter => {
  const path = (name: string) => join(directory, name)
  const results: Array<LavaResult> = []
  let failure: Error | undefined
  const file = openLog(directory, path("logs.yaml"), (error) => (failure = error))
  const closeLog = async () => {
    await file.close()
    if (failure) throw failure
  }
  const log = lavaLog({
    write: (lines) => file.write(lines),
    result: (result) => results.push(result),
  })
  let description: Promise<void> | undefined
  return {
    event: (event) => {
      log.event(event)
      if (event.type !== "job-started" || description) return
      const written = writeDescription(path("description.yaml"), event)
      written.catch(() => {}) // told at the end
      description = written
    },
    end: async () => {
      const texts = results.map(resultText)
      const yaml = texts.map((text) => `- ${text}\n`).join("") || "[]\n"
      const written = await Promise.allSettled([
        closeLog(),
        description,
        writeAtomically(path("results.yaml"), yaml),
        writeAtomically(path("results.json"), `[\n${texts.join(",\n")}\n]\n`),
        writeAtomically(path("results.jsonl"), texts.map((text) => `${text}\n`).join("")),
        writeAtomically(path("results.tap"), tap(summary())),
        writeAtomically(path("junit.xml"), junitXml(summary())),
      ])
      for (const each of written) if (each.status === "rejected") throw each.reason
    },
  }
}

const resultFiles = [
  "description.yaml",
  "junit.xml",
  "results.json",
  "results.jsonl",
  "results.tap",
  "results.yaml",
]

const writeDescription = async (path: string, job: JobStarted): Promise<void> => {
  const { description } = await import("./description.ts")
  await writeAtomically(path, description(job))
}

const openLog = (
  directory: string,
  path: string,
  onError: (error: Error) => void,
): BufferedFile => {
  try {
    mkdirSync(directory, { recursive: true })
    // Those of an earlier run would pass for this one's, should it be killed.
    for (const name of resultFiles) rmSync(join(directory, name), { force: true })
    return new BufferedFile(path, onError)
  } catch (cause) {
    throw new InfrastructureError({
      message: `the output directory ${directory} cannot be written: ${messageOf(cause)}`,
      cause,
    })
  }
}
