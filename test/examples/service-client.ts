import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { pino } from "pino"
import tmp from "tmp"
import { expect, onTestFinished, vi } from "vitest"
import { Jobs } from "../../examples/node-service/jobs.ts"
import { makeServer } from "../../examples/node-service/server.ts"
import { type JobEvent, loadLab } from "../../src/index.ts"
import type { Board, BoardScript } from "../../src/testing.ts"
import { boardsAndLab } from "./boards.ts"

/** What the service says of a job, or of what is wrong. */
export interface Answer {
  readonly id: string
  readonly device: string
  readonly status: string
  readonly cases?: ReadonlyArray<{ readonly suite: string; readonly result: string }>
  readonly error?: unknown
  readonly problems?: ReadonlyArray<unknown>
}

/** The example service on boards of its own, and a client of it. */
export interface Service {
  readonly boards: ReadonlyArray<Board>
  readonly jobs: Jobs
  /** Has a directory for each job. */
  readonly directory: string
  readonly ask: <A = Answer>(
    method: string,
    path: string,
    body?: unknown,
  ) => Promise<{ readonly status: number; readonly answer: A }>
  /** The job when it has ended. */
  readonly ended: (id: string) => Promise<Answer>
  /** All that is told to one who listens from now on. */
  readonly events: (id: string) => Promise<ReadonlyArray<JobEvent>>
  /** The lines of its log. */
  readonly logged: () => ReadonlyArray<Logged>
}

/** A line of the service's log. */
export interface Logged {
  readonly msg: string
  readonly jobId?: string
}

/** Starts the service on a board for each script; it is stopped after the test. */
export const startService = async (scripts: ReadonlyArray<BoardScript>): Promise<Service> => {
  const { boards, lab } = await boardsAndLab(scripts)
  const directory = tmp.dirSync({ prefix: "node-service", unsafeCleanup: true })
  const lines: Array<string> = []
  const log = pino({}, { write: (line: string) => void lines.push(line) })
  const jobs = new Jobs(await loadLab(lab, { log }), directory.name, log)
  const server = makeServer(jobs, log).listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(async () => {
    server.close()
    await jobs.stop()
    directory.removeCallback()
  })
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const ask = async <A = Answer>(method: string, path: string, body?: unknown) => {
    const text = typeof body === "string" ? body : JSON.stringify(body)
    const response = await fetch(base + path, {
      method,
      ...(body !== undefined && { body: text }),
    })
    return { status: response.status, answer: (await response.json()) as A }
  }
  const ended = (id: string): Promise<Answer> =>
    vi.waitFor(
      async () => {
        const { answer } = await ask("GET", `/jobs/${id}`)
        expect(answer.status).not.toBe("running")
        return answer
      },
      { timeout: 15_000, interval: 50 },
    )
  const events = async (id: string): Promise<ReadonlyArray<JobEvent>> => {
    const response = await fetch(`${base}/jobs/${id}/events`)
    expect(response.headers.get("content-type")).toBe("text/event-stream")
    const messages = (await response.text()).split("\n\n").filter(Boolean)
    return messages.map((message) => {
      const [, type, data = ""] = /^event: (.*)\ndata: (.*)$/.exec(message) ?? []
      const event = JSON.parse(data) as JobEvent
      expect(event.type).toBe(type)
      return event
    })
  }
  const logged = () => lines.map((line) => JSON.parse(line) as Logged)
  return { boards, jobs, directory: directory.name, ask, ended, events, logged }
}
