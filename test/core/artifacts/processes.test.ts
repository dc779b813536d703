import { type ChildProcess, spawn } from "node:child_process"
import { createHash, randomBytes } from "node:crypto"
import { once } from "node:events"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { gzipSync } from "node:zlib"
import { expect, it } from "vitest"
import type { Artifact } from "../../../src/core/artifacts/artifact.ts"
import { fileListener, serve } from "./file-server.ts"
import { listed, openCache, temporary } from "./job.ts"

const script = join(import.meta.dirname, "fetch-process.ts")

const start = (directory: string, artifact: Artifact): ChildProcess =>
  spawn(process.execPath, [script, directory, JSON.stringify(artifact)], {
    stdio: ["ignore", "pipe", "inherit"],
  })

it("processes that race on a cache all get the file, and leave nothing behind", async () => {
  await using directory = await temporary()
  const content = randomBytes(5_000_000)
  const packed = gzipSync(content)
  await using server = await serve(fileListener(() => packed, { cuts: [2_000_000] }))
  const artifact = { url: `${server.url}/file`, compression: "gz" } as const
  const children = Array.from({ length: 4 }, () => start(directory.path, artifact))
  const said = await Promise.all(children.map(async ({ stdout }) => stdout && (await text(stdout))))
  const sha256 = createHash("sha256").update(content).digest("hex")
  for (const each of said) expect(each?.trim().split("\n").at(-1)).toBe(sha256)
  expect(await listed(directory.path, "work")).toEqual([])
}, 60_000)

it("what a killed process leaves is removed by the next", async () => {
  await using directory = await temporary()
  await using server = await serve(
    fileListener(() => randomBytes(100_000), { endsAt: 50_000, stalls: true }),
  )
  await using other = await openCache({ directory: directory.path })
  const abort = new AbortController()
  const running = other
    .startJob()
    .fetch({ url: `${server.url}/live` }, { signal: abort.signal })
    .catch(() => {})
  const child = start(directory.path, { url: `${server.url}/killed` })
  for await (const said of child.stdout ?? []) if (String(said).includes("progress")) break
  child.kill("SIGKILL")
  await once(child, "exit")
  expect(await listed(directory.path, "work")).toHaveLength(2)
  await using next = await openCache({ directory: directory.path })
  expect(next).toBeDefined()
  expect(await listed(directory.path, "work")).toHaveLength(1)
  abort.abort()
  await running
  expect(await listed(directory.path, "work")).toEqual([])
}, 60_000)
