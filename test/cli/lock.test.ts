import { randomUUID } from "node:crypto"
import { describe, expect, it } from "vitest"
import { boardLab, job, silent } from "./board-lab.ts"
import { dispatch, startDispatch } from "./command.ts"

/** A job that has a lock until it is killed, and the way to start another with it, on another board. */
const held = async () => {
  const lock = randomUUID()
  const first = await boardLab({
    script: silent,
    files: { "job.json": { ...job, lock, job_name: "the first" } },
  })
  const holder = startDispatch(["job.json"], { cwd: first.directory })
  await holder.sees("auto-login-action")
  const next = async (queue: object) => {
    const timeouts = { ...job.timeouts, ...queue }
    const lab = await boardLab({ files: { "job.json": { ...job, lock, timeouts } } })
    return { lab, started: { cwd: lab.directory } }
  }
  return { holder, lock, next }
}

describe("a job with a lock", () => {
  it("is refused while another job has the lock, by its name, its own device untouched", async () => {
    const { next, lock, holder } = await held()
    const { lab, started } = await next({})
    const { code, stdout } = await dispatch(["job.json"], started)
    expect(code).toBe(3)
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(
      `the lock "${lock}" is in use by the job "the first", process ${holder.child.pid}`,
    )
    expect(lab.switched()).toEqual([])
  })

  it("waits for it in the queue, and gets it as soon as its holder was killed", async () => {
    const { next, lock, holder } = await held()
    const { started } = await next({ queue: { minutes: 1 } })
    const waiting = startDispatch(["job.json"], started)
    await waiting.sees(`the lock "${lock}" is in use by`)
    const killed = performance.now()
    holder.child.kill("SIGKILL")
    await waiting.sees("auto-login-action")
    expect(performance.now() - killed).toBeLessThan(5000)
    expect(await waiting.ended).toMatchObject({ code: 0 })
  })
})
