import { createServer, type Server } from "node:http"
import { once } from "node:events"
import { createReadStream, existsSync } from "node:fs"
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import type { AddressInfo } from "node:net"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type EmulatedLab, runDispatch, startDispatch, startLab } from "./emulated-lab.ts"
import { smallJob } from "./small-job.ts"

let lab: EmulatedLab
let work: string
let rootfs: string

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "lab-dispatch-e2e-failures-"))
  lab = await startLab(
    ["highbank-02"],
    ["uboot-highbank", "master-armhf", "small-armhf", "kernel-small-armhf"],
  )
  const { repositories } = JSON.parse(await readFile(lab.file, "utf8")) as {
    repositories: ReadonlyArray<string>
  }
  rootfs = join(repositories[0] ?? "", "small-armhf.tar")
}, 1_800_000)

afterAll(async () => {
  await lab?.stop()
  await rm(work, { recursive: true, force: true })
})

let count = 0

const writeJob = async (changes: Parameters<typeof smallJob>[0]) => {
  const directory = join(work, String(++count))
  await writeFile(`${directory}.json`, JSON.stringify(smallJob(changes)))
  return { job: `${directory}.json`, directory }
}

const expectNothingLeft = async () => {
  expect(await lab.power("highbank-02")).toBe("off")
  const left = await readdir(join(tmpdir(), `lab-dispatch-${userInfo().uid}`, "jobs")).catch(
    () => [],
  )
  expect(left.filter((name) => !existsSync(`/proc/${name.split(".")[0]}`))).toEqual([])
}

/** Serves a file; of each answer only `most` bytes, then the connection is cut. */
const cuttingServer = async (path: string, most: () => number): Promise<Server> => {
  const { size, mtime } = await stat(path)
  const server = createServer((request, response) => {
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
  return server
}

const urlOf = (server: Server) =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}/small.tar`

describe("a download that breaks", () => {
  it("is resumed, and the job goes on", async () => {
    const answers = [5_000_000, 100_000_000]
    const server = await cuttingServer(rootfs, () => answers.shift() ?? 100_000_000)
    const { job, directory } = await writeJob({
      rootfs: { url: urlOf(server), use_cache: false },
      kernelKeys: { sha256sum: "0".repeat(64) }, // the kernel is next, and ends the job
    })
    const { results, output } = await runDispatch(job, lab, directory)
    server.close()
    expect(output).toContain("✔ download-root-file-system")
    expect(results.at(-1)).toMatchObject({ case: "job", error_type: "Job" })
  })

  it("for good is an error of the lab that says how far it came", async () => {
    const answers = [5_000_000]
    const server = await cuttingServer(rootfs, () => answers.shift() ?? 0)
    const { job, directory } = await writeJob({ rootfs: { url: urlOf(server), use_cache: false } })
    const { results, exitCode } = await runDispatch(job, lab, directory)
    server.close()
    const ended = results.at(-1)
    expect(ended).toMatchObject({ case: "job", error_type: "Infrastructure" })
    expect(ended?.["error_msg"]).toMatch(/5000000 of \d+ bytes/)
    expect(exitCode).toBe(3)
    await expectNothingLeft()
  })
})

describe("a lab that is not as its file says", () => {
  it("has no such device", async () => {
    const { job, directory } = await writeJob({})
    const { exitCode, output } = await runDispatch(job, lab, directory, ["--device", "highbank-20"])
    expect(output).toMatch(/no such device: "highbank-20"; did you mean "highbank-02"\?/)
    expect(exitCode).toBe(2)
  })

  it("has a console that cannot be opened", async () => {
    const { job, directory } = await writeJob({})
    const file = join(work, "no-console.json")
    const text = await readFile(lab.file, "utf8")
    await writeFile(file, text.replaceAll("highbank-02/console", "highbank-02/unplugged"))
    const { exitCode, results } = await runDispatch(job, { ...lab, file }, directory)
    expect(results.at(-1)).toMatchObject({ case: "job", error_type: "Infrastructure" })
    expect(results.at(-1)?.["error_msg"]).toMatch(
      /unplugged cannot be opened: there is no such device/,
    )
    expect(exitCode).toBe(3)
    await expectNothingLeft()
  })
})

describe("a job that somebody ends", () => {
  it.each([
    ["SIGINT", "1.5.3 wait-for-master"],
    ["SIGTERM", "1.7 unpack-rootfs"],
  ] as const)(
    "by %s in %s leaves the board off and its results written",
    async (signal, action) => {
      const { job, directory } = await writeJob({})
      const run = startDispatch(job, lab, directory)
      await untilOutput(run, action)
      run.kill(signal)
      const { exitCode } = await run
      expect(exitCode).toBe(130)
      const results = JSON.parse(await readFile(join(directory, "results.json"), "utf8")) as Array<
        Record<string, unknown>
      >
      expect(results.at(-1)).toMatchObject({ case: "job", error_type: "Canceled" })
      await expectNothingLeft()
    },
  )

  it("by SIGKILL does not keep the same job from running again", async () => {
    const first = await writeJob({})
    const killed = startDispatch(first.job, lab, first.directory)
    await untilOutput(killed, "1.7 unpack-rootfs")
    killed.kill("SIGKILL")
    await killed
    expect(await lab.power("highbank-02")).toBe("on")
    const again = await writeJob({})
    const { exitCode, output } = await runDispatch(again.job, lab, again.directory)
    expect(exitCode, output).toBe(0)
    await expectNothingLeft()
  })
})

const untilOutput = async (run: ReturnType<typeof startDispatch>, text: string) => {
  let seen = ""
  run.all.on("data", (chunk: Buffer) => (seen += chunk.toString()))
  for (let tries = 0; !seen.includes(text); tries++) {
    if (tries > 1000) throw new Error(`"${text}" did not come:\n${seen}`)
    await sleep(100)
  }
}
