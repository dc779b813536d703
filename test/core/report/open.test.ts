import { execFile } from "node:child_process"
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { parse } from "yaml"
import { BugError, InfrastructureError, JobError } from "../../../src/core/pipeline/errors.ts"
import type { JobEvent } from "../../../src/core/pipeline/events.ts"
import { openReports, type ReportOptions } from "../../../src/core/report/open.ts"
import type { Output } from "../../../src/core/report/output.ts"
import { completeJob, failedJob, tell } from "./story.ts"

let directory = ""
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "reports-"))
})
afterEach(() => rm(directory, { recursive: true }))

const paper = (): Output & { readonly text: () => string } => {
  let text = ""
  return {
    write: (more) => (text += more),
    unread: () => 0,
    flush: async () => {},
    live: false,
    colour: false,
    unicode: true,
    size: () => ({ columns: 80, rows: 24 }),
    text: () => text,
  }
}

const play = async (events: ReadonlyArray<JobEvent>, options: ReportOptions) => {
  const reports = openReports(options)
  for (const event of events) reports.event(event)
  await reports.end()
  return reports
}

const read = (name: string) => readFile(join(directory, name), "utf8")

describe("openReports", () => {
  it.each([
    ["complete", completeJob()],
    ["failed", failedJob()],
  ])("fills the output directory of a %s job", async (_, events) => {
    await play(events, { outputDir: join(directory, "deep/er") })
    const names = await readdir(join(directory, "deep/er"))
    expect(names.toSorted()).toEqual([
      "description.yaml",
      "junit.xml",
      "logs.yaml",
      "results.json",
      "results.jsonl",
      "results.tap",
      "results.yaml",
    ])
    const results = JSON.parse(await read("deep/er/results.json")) as ReadonlyArray<unknown>
    expect(parse(await read("deep/er/results.yaml"))).toEqual(results)
    const lines = (await read("deep/er/results.jsonl")).trimEnd().split("\n")
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(results)
    expect(results.at(-1)).toMatchObject({ definition: "lava", case: "job" })
    const log = parse(await read("deep/er/logs.yaml")) as ReadonlyArray<{
      lvl: string
      msg: unknown
    }>
    expect(log.filter(({ lvl }) => lvl === "results").map(({ msg }) => msg)).toEqual(results)
    expect(await read("deep/er/junit.xml")).toContain('<testcase classname="lava" name="job"')
  })

  it("removes the results of an earlier run before it begins", async () => {
    await play(completeJob(), { outputDir: directory })
    const reports = openReports({ outputDir: directory })
    expect(await readdir(directory)).toEqual(["logs.yaml"])
    await reports.end()
  })

  it("names no failure that a retry has overtaken", async () => {
    await play(failedJob(), { outputDir: directory })
    expect(await read("results.json")).not.toContain("http-download")
  })

  it("lets no secret through, whatever the format", async () => {
    const secret = 'hunter2 "and" more'
    const error = new JobError({ message: secret, console: [`Password: ${secret}`] })
    const story = tell()
      .job()
      .start("1", "boot", `login with ${secret}`)
      .target(`export TOKEN='${secret}'`)
      .type(secret)
      .log("warning", JSON.stringify({ secret }))
      .result("0_a", secret, "fail", { errorMessage: secret, extra: { deep: [secret] } })
      .failed("1", "boot", 1, error)
      .end(1, error)
    for (const format of ["pretty", "lava", "json"] as const) {
      for (const live of [true, false]) {
        const output = paper()
        await play(story.events, {
          outputDir: directory,
          format,
          output: { ...output, live },
          secrets: [secret],
        })
        expect(output.text()).toContain("[MASKED]")
        const files = await Promise.all((await readdir(directory)).map(read))
        for (const text of [output.text(), ...files]) expect(text).not.toContain("hunter2")
      }
    }
  })

  it("writes events as JSON, errors as plain objects", async () => {
    const output = paper()
    await play(failedJob(), { format: "json", output })
    const lines = output.text().trimEnd().split("\n")
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ type: "job-started", device: "highbank-01" })
    const last = JSON.parse(lines.at(-1) ?? "") as { error: Record<string, unknown> }
    expect(last.error).toMatchObject({
      class: "JobError",
      type: "Job",
      message: expect.stringContaining("panicked"),
      action: "login-action",
      device: "highbank-01",
    })
    expect(last.error["console"]).toHaveLength(3)
    expect(Object.keys(last.error).toSorted()).toEqual(
      ["class", "type", "message", "action", "device", "console"].toSorted(),
    )
  })

  it("tells of a transfer ten times a second at most, and of its end", async () => {
    const output = paper()
    const story = tell().job()
    for (let done = 0; done <= 2000; done++) story.progress("1", "f", done, 2000).wait(0.001)
    await play(story.progress("2", "g", 1).end(2).events, { format: "json", output })
    const lines = output.text().trimEnd().split("\n")
    const told = lines.map((line) => JSON.parse(line) as { type: string; done: number })
    const done = told.filter(({ type }) => type === "action-progress").map(({ done }) => done)
    expect(done).toEqual([...Array.from({ length: 20 }, (_, index) => index * 100), 2000, 1])
  })

  it("writes LAVA's log to standard output just as to the file", async () => {
    const output = paper()
    await play(completeJob(), { format: "lava", output, outputDir: directory })
    expect(output.text()).toBe(await read("logs.yaml"))
  })

  it("says so where nobody told how the job ended", async () => {
    const reports = await play(tell().job().events, { outputDir: directory })
    expect(reports.summary().error).toBeInstanceOf(BugError)
    expect(await read("results.json")).toContain('"error_type": "Bug"')
  })

  it("ends once, however often it is asked to", async () => {
    const output = paper()
    const reports = await play(completeJob(), { format: "pretty", output, outputDir: directory })
    const text = output.text()
    await reports.end()
    expect(output.text()).toBe(text)
  })

  it("refuses an output directory that it cannot write", async () => {
    await writeFile(join(directory, "file"), "")
    expect(() => openReports({ outputDir: join(directory, "file") })).toThrow(InfrastructureError)
    expect(() => openReports({ outputDir: join(directory, "file") })).toThrow(
      /the output directory .*file cannot be written: EEXIST/,
    )
  })

  it("writes the other files where one cannot be, and tells of it", async () => {
    const reports = openReports({ outputDir: directory })
    await rm(directory, { recursive: true })
    for (const event of completeJob()) reports.event(event)
    await expect(reports.end()).rejects.toThrow(InfrastructureError)
    await expect(reports.end()).rejects.toThrow(/a report cannot be written: ENOENT/)
    directory = await mkdtemp(join(tmpdir(), "reports-"))
  })

  it("goes on without a report that breaks", async () => {
    const output = {
      ...paper(),
      write: () => {
        throw new TypeError("torn")
      },
    }
    const reports = openReports({ outputDir: directory, format: "json", output })
    for (const event of completeJob()) reports.event(event)
    await expect(reports.end()).rejects.toThrow(/a report broke: torn/)
    expect(await read("results.json")).toContain('"case": "job"')
  })

  it("finishes the job's files when the reader of standard output goes away", async () => {
    const here = (path: string) => JSON.stringify(new URL(path, import.meta.url).pathname)
    const script = `
      import { openReports } from ${here("../../../src/core/report/open.ts")}
      import { completeJob } from ${here("story.ts")}
      const reports = openReports({ format: "json", outputDir: ${JSON.stringify(directory)} })
      for (let round = 0; round < 50; round++) {
        for (const event of completeJob()) if (event.type !== "job-ended") reports.event(event)
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      for (const event of completeJob()) if (event.type === "job-ended") reports.event(event)
      await reports.end()`
    const path = join(directory, "job.mjs")
    await writeFile(path, script)
    const shell = `"${process.execPath}" "${path}" | head -n 1; exit "\${PIPESTATUS[0]}"`
    const { stdout } = await promisify(execFile)("bash", ["-c", shell])
    expect(stdout).toContain("job-started")
    expect(await read("results.json")).toContain('"case": "job"')
  })
})
