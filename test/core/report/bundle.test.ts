import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { afterEach, expect, it } from "vitest"
import { JobError } from "../../../src/core/pipeline/errors.ts"
import type { JobEvent } from "../../../src/core/pipeline/events.ts"
import { openReports } from "../../../src/core/report/open.ts"

const directory = mkdtempSync(join(tmpdir(), "lab-dispatch-bundle-"))
const ends: Array<() => void> = [() => rmSync(directory, { recursive: true })]
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** A dashboard's XML-RPC, by Python's own server, as LAVA's was: prints each call as a line of JSON. */
const dashboard = async () => {
  const program = `
import json, sys
from xmlrpc.server import SimpleXMLRPCServer, SimpleXMLRPCRequestHandler
from xmlrpc.client import Fault
class Handler(SimpleXMLRPCRequestHandler):
    rpc_paths = ("/RPC2/",)
    def do_POST(self):
        self.server.user = self.headers.get("authorization")
        super().do_POST()
server = SimpleXMLRPCServer(("127.0.0.1", 0), requestHandler=Handler, logRequests=False)
def put_ex(content, name, stream):
    if stream == "/closed/": raise Fault(403, "closed <for> you & all")
    print(json.dumps([server.user, json.loads(content), name, stream]), flush=True)
    return "http://dashboard/bundle/1/"
server.register_function(put_ex, "dashboard.put_ex")
print(server.server_address[1], flush=True)
server.serve_forever()
`
  const child = spawn("python3", ["-c", program], { stdio: ["ignore", "pipe", "inherit"] })
  ends.push(() => child.kill("SIGKILL"))
  const lines = createInterface({ input: child.stdout })
  const next = async () => String((await once(lines, "line"))[0])
  return { port: Number(await next()), next }
}

const events: ReadonlyArray<JobEvent> = [
  {
    type: "job-started",
    time: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    job: "a <job> & more",
    jobId: "7",
    device: "panda01",
    deviceType: "panda",
    actions: 2,
    metadata: { "kernel.version": "6.12", tries: 2 },
  },
  {
    type: "result",
    time: Date.UTC(2026, 0, 2, 3, 5),
    suite: "lava",
    level: "1",
    case: "tftp-deploy",
    result: "pass",
  },
  {
    type: "result",
    time: Date.UTC(2026, 0, 2, 3, 6),
    suite: "0_speed",
    case: "memory",
    result: "pass",
    measurement: "12.50",
    units: "MB/s",
  },
  {
    type: "result",
    time: Date.UTC(2026, 0, 2, 3, 7),
    suite: "0_speed",
    case: "disk\u0001",
    result: "fail",
  },
  {
    type: "job-ended",
    time: Date.UTC(2026, 0, 2, 3, 8),
    status: "incomplete",
    error: new JobError({ message: "it broke" }),
    durationSeconds: 235,
  },
]

const report = (post?: { server: string; stream: string; token?: string }) => {
  const reports = openReports({ outputDir: directory, bundle: { ...(post && { post }) } })
  for (const event of events) reports.event(event)
  return reports.end()
}

it("writes the results as a bundle, and posts it to a dashboard as the user that its address names", async () => {
  const { port, next } = await dashboard()
  const called = next()
  const server = `http://me@127.0.0.1:${port}/RPC2/`
  await report({ server, stream: "/anonymous/x/", token: "t0ken" })
  const bundle = JSON.parse(readFileSync(join(directory, "bundle.json"), "utf8")) as {
    test_runs: ReadonlyArray<{ analyzer_assigned_uuid: string }>
  }
  expect(bundle).toMatchObject({
    format: "Dashboard Bundle Format 1.7.1",
    test_runs: [
      {
        test_id: "lava",
        test_results: [
          { test_case_id: "tftp-deploy", result: "pass" },
          { test_case_id: "job_complete", result: "fail", message: "it broke" },
        ],
      },
      {
        test_id: "speed",
        analyzer_assigned_date: "2026-01-02T03:06:00Z",
        time_check_performed: false,
        attributes: { target: "panda01", "kernel.version": "6.12", tries: "2" },
        test_results: [
          { test_case_id: "memory", result: "pass", measurement: 12.5, units: "MB/s" },
          { test_case_id: "disk\u0001", result: "fail" },
        ],
      },
    ],
  })
  expect(new Set(bundle.test_runs.map((each) => each.analyzer_assigned_uuid)).size).toBe(2)
  expect(JSON.parse(await called)).toEqual([
    `Basic ${Buffer.from("me:t0ken").toString("base64")}`,
    bundle,
    "a <job> & more",
    "/anonymous/x/",
  ])
})

it("says why a dashboard did not take it", async () => {
  const { port } = await dashboard()
  const server = `http://me:t0ken@127.0.0.1:${port}/RPC2`
  await expect(report({ server, stream: "/closed/" })).rejects.toMatchObject({
    _tag: "InfrastructureError",
    message: `the results could not be posted to http://127.0.0.1:${port}/RPC2/: it refused them: closed <for> you & all`,
  })
  await expect(
    report({ server: `http://127.0.0.1:${port}/elsewhere`, stream: "/x/" }),
  ).rejects.toThrow("status 404")
  await expect(report({ server: "http://127.0.0.1:1/RPC2/", stream: "/x/" })).rejects.toThrow(
    /could not be posted to http:\/\/127\.0\.0\.1:1\/RPC2\/: .*(ECONNREFUSED|refused|bad port)/i,
  )
})
