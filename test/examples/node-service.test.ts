import { readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { job } from "../cli/board-lab.ts"
import { script } from "./boards.ts"
import { type Answer, startService } from "./service-client.ts"

const passed = ({ cases = [] }: Answer) =>
  cases.filter(({ suite, result }) => suite === "0_instant" && result === "pass").length

/** In milliseconds, on a busy machine. */
const soon = 10_000

describe("the service of examples/node-service", () => {
  it("runs jobs on two boards at once, to their results", async () => {
    const { boards, ask, ended, logged } = await startService([
      await script(0.5),
      await script(0.5),
    ])
    const both = await Promise.all([ask("POST", "/jobs", job), ask("POST", "/jobs", job)])
    for (const { status, answer } of both) {
      expect(status).toBe(201)
      const result = await ended(answer.id)
      expect(result).toMatchObject({ id: answer.id, status: "complete" })
      expect(passed(result)).toBe(10)
      const lines = logged().filter(({ jobId }) => jobId === answer.id)
      expect(lines[0]).toMatchObject({ msg: "job started", level: 30, device: answer.device })
      expect(lines.at(-1)).toMatchObject({
        msg: "job ended",
        status: "complete",
        results: { fail: 0, skip: 0 },
      })
    }
    expect(boards.map(({ powered }) => powered)).toEqual([false, false])
    expect((await ask<ReadonlyArray<Answer>>("GET", "/jobs")).answer).toHaveLength(2)
  })

  it("takes no job until a board is idle", async () => {
    const hanging = await script(0, true)
    const { boards, jobs, ask, ended } = await startService([hanging, hanging])
    // Both are prepared at the same time, and both would like the first board.
    const both = await Promise.all([jobs.start({ value: job }), jobs.start({ value: job })])
    expect(both.map((each) => each?.device)).toEqual(["board-01", "board-02"])
    await vi.waitFor(() => expect(boards.map(({ powered }) => powered)).toEqual([true, true]), soon)
    expect(await ask("POST", "/jobs", job)).toMatchObject({ status: 409 })

    const id = both[1]?.id ?? ""
    await ask("DELETE", `/jobs/${id}`)
    await ended(id)
    const third = await ask("POST", "/jobs", job)
    expect(third).toMatchObject({ status: 201, answer: { device: "board-02" } })
  })

  it("tells what happens from the beginning to the end, also to one who comes late", async () => {
    const { ask, ended, events, directory } = await startService([await script(1)])
    const { id } = (await ask("POST", "/jobs", job)).answer
    const told = await events(id)
    expect(told[0]).toMatchObject({ type: "job-started", jobId: id })
    expect(told.at(-1)).toMatchObject({ type: "job-ended", status: "complete" })
    expect(told.some((event) => event.type === "console" && /login:/.test(event.line))).toBe(true)
    expect(told.filter(({ type }) => type === "job-started")).toHaveLength(1)

    await ended(id)
    const said = (type: string) => type === "console" || type === "action-progress"
    expect(await events(id)).toEqual(told.filter(({ type }) => !said(type)))
    // A service has a job's result a moment before its files.
    const files = ["junit.xml", "logs.yaml", "results.json", "results.yaml"]
    await expect.poll(() => readdirSync(join(directory, id))).toEqual(expect.arrayContaining(files))
  })

  it("cancels a job: its board is off, and free for the next", async () => {
    const { boards, ask, ended } = await startService([await script(0, true)])
    const { id } = (await ask("POST", "/jobs", job)).answer
    await vi.waitFor(() => expect(boards[0]?.powered).toBe(true), soon)
    expect(await ask("DELETE", `/jobs/${id}`)).toMatchObject({ status: 202 })
    expect(await ended(id)).toMatchObject({ status: "canceled", error: { _tag: "CanceledError" } })
    expect(boards[0]?.powered).toBe(false)
    expect(await ask("POST", "/jobs", job)).toMatchObject({ status: 201 })
  })

  it("cancels a job that has hardly begun", async () => {
    const { jobs, ended } = await startService([await script(0)])
    const started = await jobs.start({ value: job })
    started?.run.cancel()
    expect(await ended(started?.id ?? "")).toMatchObject({ status: "canceled" })
  })

  it("stops with all boards off, and takes no job any more", async () => {
    const hanging = await script(0, true)
    const { boards, jobs, ask } = await startService([hanging, hanging])
    await Promise.all([ask("POST", "/jobs", job), ask("POST", "/jobs", job)])
    await vi.waitFor(() => expect(boards.map(({ powered }) => powered)).toEqual([true, true]), soon)
    await jobs.stop()
    expect(boards.map(({ powered }) => powered)).toEqual([false, false])
    expect(await ask("POST", "/jobs", job)).toMatchObject({ status: 409 })
  })

  it("tells no secret of a job", async () => {
    const chatty = await script(1)
    const password = "correct-horse"
    const { ask, ended, events, logged } = await startService([
      { ...chatty, on_power: [{ print: `try ${password}\n` }, ...chatty.on_power] },
    ])
    const [boot, ...tests] = job.actions
    const auto_login = { login_prompt: "never:", username: "root", password_prompt: "P:", password }
    const failing = { ...boot?.boot, auto_login, timeout: { seconds: 3 } }
    const secretive = { ...job, actions: [{ boot: failing }, ...tests] }
    const { id } = (await ask("POST", "/jobs", secretive)).answer
    const told = JSON.stringify([await events(id), await ended(id), logged()])
    expect(told).toContain("try [MASKED]")
    expect(told).not.toContain(password)
  })

  it("names every mistake of a job, with its place", async () => {
    const { ask } = await startService([await script(0)])
    const { status, answer } = await ask("POST", "/jobs", '{\n  "job_name": 1,\n  "no": 2\n}')
    expect(status).toBe(400)
    expect(answer.problems).toContainEqual(expect.objectContaining({ line: 2, path: "job_name" }))
    expect(answer.problems).toContainEqual(expect.objectContaining({ line: 3, path: "no" }))
    const unknown = await ask("POST", "/jobs", { ...job, device_type: "toaster" })
    expect(unknown).toMatchObject({
      status: 400,
      answer: { error: expect.stringContaining("toaster") },
    })
  })

  it("refuses what it does not know", async () => {
    const { ask } = await startService([])
    expect(await ask("GET", "/")).toMatchObject({ status: 404 })
    expect(await ask("GET", "/jobs/nothing")).toMatchObject({ status: 404 })
    expect(await ask("PUT", "/jobs", {})).toMatchObject({ status: 405 })
    expect(await ask("POST", "/jobs", " ".repeat(1024 * 1024 + 1))).toMatchObject({ status: 413 })
  })
})
