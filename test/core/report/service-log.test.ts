import { pino } from "pino"
import { describe, expect, it } from "vitest"
import { InfrastructureError } from "../../../src/core/pipeline/errors.ts"
import type { JobEventBody } from "../../../src/core/pipeline/events.ts"
import { serviceLog, strayLog } from "../../../src/core/report/service-log.ts"

interface Line {
  readonly level: unknown
  readonly msg?: unknown
}

/** A logger of pino's, and the lines that it has written. */
const logger = (level = "info") => {
  const written: Array<Line> = []
  const options = { level, base: {}, timestamp: false }
  const log = pino(options, { write: (line: string) => void written.push(JSON.parse(line)) })
  const lines = () =>
    written.map((line) => ({ ...line, level: pino.levels.labels[Number(line.level)] }))
  return { log, lines }
}

const told = (events: ReadonlyArray<JobEventBody>, level?: string) => {
  const { log, lines } = logger(level)
  const { event } = serviceLog(log)
  for (const body of events) event({ ...body, time: 0 })
  return lines()
}

const started: JobEventBody = {
  type: "job-started",
  job: "smoke",
  jobId: "42",
  device: "board-01",
  deviceType: "generic",
  actions: 3,
}

const ended = (level: string, name: string, error?: InfrastructureError): JobEventBody => ({
  type: "action-ended",
  level,
  name,
  durationSeconds: 1.5,
  outcome: error ? "fail" : "pass",
  final: true,
  attempt: 1,
  namespace: "common",
  ...(error && { error }),
})

const job = { jobId: "42", device: "board-01" }

describe("serviceLog", () => {
  it("tells when a job starts and ends, its blocks, its transfers and its results", () => {
    const transfer = {
      protocol: "tftp",
      direction: "to-device",
      peer: "10.0.0.7:2070",
      file: "ab/vmlinuz",
      bytes: 5_000_000,
      ms: 4000,
      retransmits: 3,
      outcome: "complete",
    } as const
    const message = "tftp ab/vmlinuz: 5000000 bytes to 10.0.0.7:2070 in 4000 ms, complete"
    expect(
      told([
        started,
        ended("1.1", "reset-device"),
        { type: "console", console: "uart0", direction: "target", line: "hello" },
        { type: "log", level: "debug", message, transfer },
        ended("1", "minimal-boot"),
        { type: "result", suite: "0_smoke", case: "one", result: "pass" },
        { type: "result", suite: "0_smoke", case: "two", result: "fail" },
        { type: "result", suite: "lava", case: "finalize", result: "fail", level: "3" },
        { type: "job-ended", status: "complete", durationSeconds: 60 },
      ]),
    ).toEqual([
      { level: "info", ...job, job: "smoke", deviceType: "generic", msg: "job started" },
      { level: "info", ...job, ...transfer, msg: message },
      {
        level: "info",
        ...job,
        action: "minimal-boot",
        step: "1",
        attempt: 1,
        durationSeconds: 1.5,
        outcome: "pass",
        msg: "action ended",
      },
      {
        level: "info",
        ...job,
        status: "complete",
        durationSeconds: 60,
        results: { pass: 1, fail: 1, skip: 0, unknown: 0 },
        msg: "job ended",
      },
    ])
  })
})

describe("serviceLog of a job that fails", () => {
  const error = new InfrastructureError({
    message: "the console is lost",
    action: "auto-login-action",
    console: ["last words"],
  })

  it("tells the error where it arose, and at the job's end in its message", () => {
    const lines = told([
      started,
      { type: "log", level: "warning", message: "trying again" },
      ended("1.3", "auto-login-action", error),
      ended("1", "minimal-boot", error),
      { type: "job-ended", status: "incomplete", durationSeconds: 9, error },
    ])
    expect(lines.map(({ level, msg }) => `${level}: ${String(msg)}`)).toEqual([
      "info: job started",
      "warn: trying again",
      "warn: action failed",
      "info: action ended",
      "error: job ended: the console is lost",
    ])
    const [, , failed, , last] = lines
    expect(failed).toMatchObject({
      step: "1.3",
      outcome: "fail",
      err: { type: "InfrastructureError", message: error.message, console: ["last words"] },
    })
    expect(last).not.toHaveProperty("err")
  })

  it("tells the error of one that did not begin, and that a job was canceled", () => {
    const lines = told([{ type: "job-ended", status: "canceled", durationSeconds: 0, error }])
    expect(lines).toMatchObject([
      { level: "warn", status: "canceled", err: { message: error.message } },
    ])
  })

  it("tells of a transfer that broke, and of one that no job serves", () => {
    const transfer = {
      protocol: "tftp",
      direction: "to-device",
      peer: "10.0.0.9:2070",
      file: "pxelinux.cfg/default",
      bytes: 0,
      ms: 0,
      retransmits: 0,
      outcome: "refused",
      reason: "not published",
    } as const
    expect(told([{ type: "log", level: "warning", message: "refused", transfer }])).toMatchObject([
      { level: "warn", outcome: "refused", reason: "not published" },
    ])
    const { log, lines } = logger()
    strayLog(log)(transfer)
    expect(lines()).toEqual([
      {
        level: "warn",
        ...transfer,
        msg: "tftp pxelinux.cfg/default for 10.0.0.9:2070, which no job serves: not published",
      },
    ])
  })
})

describe("serviceLog at debug", () => {
  it("tells every action and every result", () => {
    const lines = told(
      [
        started,
        {
          type: "action-started",
          level: "1.1",
          name: "reset-device",
          description: "",
          timeoutSeconds: 120,
          attempt: 2,
          namespace: "common",
        },
        ended("1.1", "reset-device"),
        {
          type: "result",
          suite: "0_io",
          case: "read",
          result: "pass",
          measurement: "97.40",
          units: "MB/s",
        },
      ],
      "debug",
    )
    expect(lines.slice(1)).toMatchObject([
      { level: "debug", action: "reset-device", step: "1.1", attempt: 2, timeoutSeconds: 120 },
      { level: "debug", action: "reset-device", durationSeconds: 1.5, msg: "action ended" },
      { level: "debug", suite: "0_io", case: "read", result: "pass", measurement: "97.40" },
    ])
  })
})
