import { createReadStream } from "node:fs"
import { stat } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { describe, expect, it, onTestFinished } from "vitest"
import { cuttingLink } from "./cutting-link.ts"
import { runJob } from "./dispatch-run.ts"
import { lab, machine } from "./highbank-lab.ts"
import { expectFailure, expectPass } from "./outcome.ts"
import { type SmallJob, smallJob } from "./small-job.ts"

/** Serves a file; of each answer only `most` bytes, then the connection is cut. */
const cuttingServer = async (path: string, most: () => number): Promise<string> => {
  const { size, mtime } = await stat(path)
  const server: Server = createServer((request, response) => {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0)
    response.writeHead(start > 0 ? 206 : 200, {
      "content-length": size - start,
      etag: '"small"',
      "last-modified": mtime.toUTCString(),
      ...(start > 0 && { "content-range": `bytes ${start}-${size - 1}/${size}` }),
    })
    const end = Math.min(size, start + most())
    if (end === start) return void response.destroy()
    createReadStream(path, { start, end: end - 1 })
      .on("end", () => {
        if (end < size) setTimeout(() => response.destroy(), 50)
      })
      .pipe(response, { end: end === size })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/small.tar`
}

describe("a download that breaks", () => {
  it("is resumed, and the job goes on", async () => {
    const answers = [5_000_000, 100_000_000]
    const url = await cuttingServer(
      lab.image("small-armhf.tar"),
      () => answers.shift() ?? 100_000_000,
    )
    // The kernel is next, and ends the job.
    const kernelKeys = { sha256sum: "0".repeat(64) }
    const job = smallJob({ rootfs: { url, use_cache: false }, kernelKeys })
    const ended = await runJob({ job, lab, machine })
    expect(answers).toEqual([])
    expect(ended.output).toContain("✔ download-root-file-system")
    expectFailure(ended, { exitCode: 1, type: "Job", message: /sha256.*0000/ })
  })

  it("for good is an error of the lab that says how far it came", async () => {
    const answers = [5_000_000]
    const url = await cuttingServer(lab.image("small-armhf.tar"), () => answers.shift() ?? 0)
    const job = smallJob({ rootfs: { url, use_cache: false } })
    const ended = await runJob({ job, lab, machine })
    expectFailure(ended, {
      exitCode: 3,
      type: "Infrastructure",
      message: /5000000 of \d+ bytes/,
    })
  })
})

describe("a transfer by netcat that is cut", () => {
  /** Runs the small job through a link. */
  const throughLink = async (
    changes: SmallJob,
    lifetime: (connection: number) => number | undefined,
  ) => {
    const link = await cuttingLink(lab, lifetime)
    onTestFinished(link.close)
    const job = smallJob({ ...changes, transfer: "netcat" })
    const ended = await runJob({ job, lab: link.lab, machine })
    return { ended, ...link.connections() }
  }

  it("half-way is noticed and tried again, either way, and the job passes", async () => {
    // Each is cut at its first try: root file system, tests, kernel package; back comes the kernel.
    const halves = [6_000_000, 5_000, 4_000_000, 2_500_000]
    const { ended, cut } = await throughLink({}, (connection) =>
      connection % 2 === 1 ? halves.shift() : undefined,
    )
    expectPass(ended)
    expect(cut).toBe(4)
    for (const action of ["unpack-rootfs", "apply-lava-overlay", "send-kernel-packages"]) {
      const warning = `${action} failed \\(try 1 of 3\\).* did not reach the device whole by netcat`
      expect(ended.output).toMatch(new RegExp(warning))
    }
    expect(ended.output).toMatch(/collect-boot-files failed \(try 1 of 3\).* did not come back/)
  })

  it("to the device for good is an error of the lab that names both checksums", async () => {
    const { ended, count } = await throughLink({}, () => 6_000_000)
    expectFailure(ended, {
      exitCode: 3,
      type: "Infrastructure",
      message:
        /small-armhf\.tar did not reach the device whole by netcat: expected sha256 [0-9a-f]{64}, the device got [0-9a-f]{64}/,
    })
    expect(count).toBe(3)
  })

  it("from the device for good is an error of the lab", async () => {
    // Behind the root file system and the tests.
    const { ended, cut } = await throughLink({ installed: true }, (connection) =>
      connection > 2 ? 2_500_000 : undefined,
    )
    expectFailure(ended, {
      exitCode: 3,
      type: "Infrastructure",
      message: /vmlinuz\S* did not come back (whole )?by netcat/,
    })
    expect(cut).toBe(3)
  })
})
