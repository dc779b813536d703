import { createHash, randomBytes } from "node:crypto"
import { access, appendFile, mkdir, readFile, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { ArtifactCache } from "../../../src/core/artifacts/artifact-cache.ts"
import { Artifacts } from "../../../src/core/artifacts/artifacts.ts"
import { CurrentDeadline } from "../../../src/core/pipeline/deadline.ts"
import { fileListener, serve } from "./file-server.ts"
import { listed, openCache, temporary } from "./job.ts"

const content = randomBytes(300_000)
const sum = (algorithm: string, bytes: Buffer = content) =>
  createHash(algorithm).update(bytes).digest("hex")
const sha256 = sum("sha256")

/** A cache, a server and a first job. */
const setUp = async (
  listener: Parameters<typeof serve>[0] = fileListener(() => content),
  options: { readonly maxBytes?: number } = {},
) => {
  const stack = new AsyncDisposableStack()
  const directory = stack.use(await temporary()).path
  const server = stack.use(await serve(listener))
  const cache = stack.use(await openCache({ directory, ...options }))
  const job = cache.startJob()
  return {
    directory,
    server,
    cache,
    job,
    url: `${server.url}/Image`,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

describe("the checksum", () => {
  it.each(["sha256", "sha512", "md5"])("%s is verified, in any case", async (algorithm) => {
    await using at = await setUp()
    const artifact = { url: at.url, [`${algorithm}sum`]: sum(algorithm).toUpperCase() }
    expect(await at.job.fetch(artifact)).toMatchObject({ size: 300_000, sha256, name: "Image" })
    await at.cache.startJob().fetch(artifact)
    expect(at.server.requests).toHaveLength(1)
  })

  it("that differs is a JobError with both, and nothing stays in the cache", async () => {
    await using at = await setUp()
    const wrong = "0".repeat(64)
    const error = await at.job.failure({ url: at.url, sha256sum: wrong })
    expect(error).toMatchObject({ _tag: "JobError" })
    expect(error.message).toContain(`${at.url} is not the file that is expected`)
    expect(error.message).toContain(`expected sha256sum ${wrong}, found ${sha256}`)
    for (const each of ["content", "notes", "work"] as const)
      expect(await listed(at.directory, each)).toEqual([])
  })

  it("is wrong, too, when only one of several is", async () => {
    await using at = await setUp()
    await at.job.fetch({ url: at.url, sha256sum: sha256 })
    const both = { sha256sum: sha256, md5sum: "0".repeat(32) }
    const error = await at.job.failure({ url: at.url, ...both })
    expect(error.message).toContain("expected md5sum")
  })

  it("is of the file as it is downloaded", async () => {
    const packed = gzipSync(content)
    await using at = await setUp(fileListener(() => packed))
    const artifact = { url: `${at.server.url}/a.gz`, compression: "gz" } as const
    const sha256sum = sum("sha256", packed)
    const plain = await at.job.fetch({ ...artifact, sha256sum })
    expect(plain).toMatchObject({ size: 300_000, sha256, name: "a" })
    expect(await readFile(plain.path)).toEqual(content)
    const error = await at.job.failure({ ...artifact, sha256sum: sha256 })
    expect(error.message).toContain(`found ${sha256sum}`)
  })
})

describe("the cache", () => {
  it("asks the server whether a file without a checksum is still the same", async () => {
    let current = content
    await using at = await setUp(fileListener(() => current))
    expect((await at.job.fetch({ url: at.url })).sha256).toBe(sha256)
    const again = await at.job.fetch({ url: at.url })
    expect(await readFile(again.path)).toEqual(content)
    expect(at.server.requests[1]?.headers["if-none-match"]).toBe(`"${sum("md5")}"`)
    current = randomBytes(1000)
    expect((await at.job.fetch({ url: at.url })).sha256).toBe(sum("sha256", current))
    expect(at.server.requests).toHaveLength(3)
  })

  it("downloads again what cannot be asked for", async () => {
    await using at = await setUp(fileListener(() => content, { etag: null }))
    await at.job.fetch({ url: at.url })
    await at.job.fetch({ url: at.url })
    expect(at.server.requests.map((each) => each.headers["if-none-match"])).toEqual([
      undefined,
      undefined,
    ])
  })

  it("trusts a date only if the file was older than a second", async () => {
    for (const [age, condition] of [
      [1000, true],
      [0, false],
    ] as const) {
      const sent = Date.now()
      const lastModified = new Date(sent - age).toUTCString()
      const file = fileListener(() => content, { etag: null, lastModified })
      await using at = await setUp((request, response) => {
        // The server's own clock may have gone on to the next second by now.
        response.setHeader("date", new Date(sent).toUTCString())
        file(request, response)
      })
      await at.job.fetch({ url: at.url })
      expect((await at.job.fetch({ url: at.url })).sha256).toBe(sha256)
      const expected = condition ? lastModified : undefined
      expect(at.server.requests[1]?.headers["if-modified-since"]).toBe(expected)
    }
  })

  it("does not give one job's file to another with other headers", async () => {
    await using at = await setUp((request, response) => {
      if (request.headers["if-none-match"]) response.writeHead(304).end()
      else response.setHeader("etag", '"same"').end(request.headers["version"])
    })
    for (const version of ["1", "2"]) {
      const { path } = await at.job.fetch({ url: at.url, headers: { version } })
      expect(await readFile(path, "utf8")).toBe(version)
    }
  })

  it("keeps the decompressed file", async () => {
    const packed = gzipSync(content)
    await using at = await setUp(fileListener(() => packed))
    const artifact = { url: at.url, compression: "gz", sha256sum: sum("sha256", packed) } as const
    const first = await at.job.fetch(artifact)
    const second = await at.job.fetch(artifact)
    expect((await stat(first.path)).ino).toBe((await stat(second.path)).ino)
    expect(at.server.requests).toHaveLength(1)
  })

  it("keeps nothing of a job that says so", async () => {
    await using at = await setUp()
    const artifact = { url: at.url, sha256sum: sha256, use_cache: false }
    await at.job.fetch(artifact)
    const { path } = await at.job.fetch(artifact)
    expect(await readFile(path)).toEqual(content)
    expect(at.server.requests).toHaveLength(2)
    expect(await listed(at.directory, "content")).toEqual([])
  })

  it("notices that somebody wrote into a file of it", async () => {
    await using at = await setUp()
    const artifact = { url: at.url, sha256sum: sha256 }
    await appendFile((await at.job.fetch(artifact)).path, "!")
    expect(await readFile((await at.job.fetch(artifact)).path)).toEqual(content)
    expect(at.server.requests).toHaveLength(2)
  })

  it("gives the files back when the job ends", async () => {
    await using at = await setUp()
    const { path } = await at.job.fetch({ url: at.url })
    await at.job.end()
    await expect(access(path)).rejects.toThrow("ENOENT")
    expect(await listed(at.directory, "work")).toEqual([])
    expect(await listed(at.directory, "content")).toEqual([sha256])
  })

  it("removes what was used least recently, but nothing that is in use", async () => {
    const files = new Map(["/a", "/b", "/c", "/d"].map((name) => [name, randomBytes(1000)]))
    await using at = await setUp(
      (request, response) =>
        void response.setHeader("etag", '"1"').end(files.get(request.url ?? "")),
      { maxBytes: 2500 },
    )
    const artifact = (name: string) => ({
      url: at.server.url + name,
      sha256sum: sum("sha256", files.get(name)),
    })
    const kept = async () => {
      const names = new Set(await listed(at.directory, "content"))
      return [...files].filter(([, each]) => names.has(sum("sha256", each))).map(([name]) => name)
    }
    const user = await at.job.fetch(artifact("/a"))
    const fetchAndEnd = async (name: string) => {
      const job = at.cache.startJob()
      await job.fetch(artifact(name))
      await job.end()
    }
    await fetchAndEnd("/b")
    await fetchAndEnd("/c")
    expect(await kept()).toEqual(["/a", "/c"])
    await at.job.end()
    await fetchAndEnd("/a")
    await fetchAndEnd("/d")
    expect(await kept()).toEqual(["/a", "/d"])
    // a URL and a checksum each
    expect(await listed(at.directory, "notes")).toHaveLength(4)
    expect(user.size).toBe(1000)
  })

  it("serves a file that is larger than the cache", async () => {
    await using at = await setUp(undefined, { maxBytes: 10 })
    const { path } = await at.job.fetch({ url: at.url, sha256sum: sha256 })
    expect(await readFile(path)).toEqual(content)
  })

  it("says what is wrong with its directory", async () => {
    await using at = await setUp()
    await writeFile(join(at.directory, "file"), "")
    await using cache = await openCache({ directory: join(at.directory, "file") })
    expect(await cache.startJob().failure({ url: at.url })).toMatchObject({
      _tag: "InfrastructureError",
      message: expect.stringMatching(/^the artifact cache cannot be used: ENOTDIR/),
    })
  })
})

describe("jobs at the same time", () => {
  it("share one download", async () => {
    await using at = await setUp()
    const progress: Array<Array<number>> = [[], [], []]
    const files = await Promise.all(
      progress.map((each) =>
        at.cache
          .startJob()
          .fetch({ url: at.url }, { onProgress: ({ received }) => each.push(received) }),
      ),
    )
    expect(at.server.requests).toHaveLength(1)
    expect(new Set(files.map(({ path }) => path)).size).toBe(3)
    for (const { path } of files) expect(await readFile(path)).toEqual(content)
    for (const each of progress) expect(each.at(-1)).toBe(300_000)
  })

  it("share one failure", async () => {
    await using at = await setUp((_, response) => response.writeHead(404).end())
    const jobs = [at.job, at.cache.startJob()]
    const errors = await Promise.all(jobs.map((job) => job.failure({ url: at.url })))
    expect(errors.map(({ _tag }) => _tag)).toEqual(["JobError", "JobError"])
    expect(at.server.requests).toHaveLength(1)
    await at.job.failure({ url: at.url })
    expect(at.server.requests).toHaveLength(2)
  })

  it("go on when one is interrupted, and the last one ends the download", async () => {
    const closed = Promise.withResolvers<void>()
    await using at = await setUp((request, response) => {
      request.socket.once("close", () => closed.resolve())
      response.writeHead(200, { "content-length": 1000 }).write("half")
    })
    const aborts = [new AbortController(), new AbortController()]
    const started = Promise.withResolvers<void>()
    const fetches = aborts.map(({ signal }) =>
      at.cache
        .startJob()
        .fetch({ url: at.url }, { signal, onProgress: () => started.resolve() })
        .catch(() => "interrupted"),
    )
    await started.promise
    aborts[0]?.abort()
    expect(await fetches[0]).toBe("interrupted")
    expect(await listed(at.directory, "work")).toHaveLength(1)
    aborts[1]?.abort()
    expect(await fetches[1]).toBe("interrupted")
    expect(await listed(at.directory, "work")).toEqual([])
    await closed.promise
  })
})

describe("an interrupted fetch", () => {
  it("ends at once while it waits for another attempt", async () => {
    await using directory = await temporary()
    await using server = await serve((_, response) => response.writeHead(503).end())
    await using cache = await openCache({
      directory: directory.path,
      patience: { pauseSeconds: 1000, attempts: 99 },
    })
    const abort = new AbortController()
    const fetching = cache.startJob().fetch({ url: server.url }, { signal: abort.signal })
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    const start = performance.now()
    abort.abort()
    await expect(fetching).rejects.toThrow("interrupted")
    expect(performance.now() - start).toBeLessThan(1000)
    expect(await listed(directory.path, "work")).toEqual([])
  })

  it("says what had come when the action's time is up", async () => {
    await using at = await setUp(fileListener(() => content, { endsAt: 120_000, stalls: true }))
    const layer = Artifacts.layer("/").pipe(
      Layer.provide(ArtifactCache.layer({ directory: at.directory })),
    )
    const error = await Effect.flatMap(Artifacts, ({ fetch }) => fetch({ url: at.url })).pipe(
      Effect.provideService(CurrentDeadline, Date.now() + 500),
      Effect.flip,
      Effect.provide(layer),
      Effect.runPromise,
    )
    expect(error._tag).toBe("InfrastructureError")
    expect(error.message).toMatch(/was not ready within 0\.\d s: \d+ of 300000 bytes/)
    expect(await listed(at.directory, "work")).toEqual([])
  })
})

describe("a file on this machine", () => {
  it("is used in place, relative to the job file's directory", async () => {
    await using at = await setUp()
    const jobs = join(at.directory, "jobs")
    await mkdir(jobs)
    await writeFile(join(jobs, "Image"), content)
    const job = at.cache.startJob(jobs)
    for (const url of ["Image", `file://${jobs}/Image`, `${jobs}/Image`]) {
      const path = join(jobs, "Image")
      expect(await job.fetch({ url })).toEqual({ path, size: 300_000, sha256, name: "Image" })
    }
    expect(await job.fetch({ url: "Image", sha256sum: sha256 })).toMatchObject({ sha256 })
    const error = await job.failure({ url: "Image", md5sum: "0".repeat(32) })
    expect(error.message).toContain(`${jobs}/Image is not the file that is expected`)
    await job.end()
    expect(await readFile(join(jobs, "Image"))).toEqual(content)
  })

  it("is decompressed into the cache", async () => {
    await using at = await setUp()
    const path = join(at.directory, "initrd.gz")
    await writeFile(path, gzipSync(content))
    const files = [
      await at.job.fetch({ url: path, compression: "gz" }),
      await at.job.fetch({ url: path, compression: "gz" }),
    ]
    for (const file of files) {
      expect(file).toMatchObject({ size: 300_000, sha256, name: "initrd" })
      expect(await readFile(file.path)).toEqual(content)
    }
    await writeFile(path, gzipSync("other"))
    const other = await at.job.fetch({ url: path, compression: "gz" })
    expect(await readFile(other.path, "utf8")).toBe("other")
  })

  it("that cannot be read is the job's fault", async () => {
    await using at = await setUp()
    const missing = await at.job.failure({ url: "nothing" })
    expect(missing).toMatchObject({
      _tag: "JobError",
      message: `${at.directory}/nothing cannot be read: ENOENT: no such file or directory; correct the URL`,
    })
    const directory = await at.job.failure({ url: "/" })
    expect(directory.message).toBe("/ cannot be read: it is not a file; correct the URL")
    const scheme = await at.job.failure({ url: "ftp://host/x" })
    expect(scheme._tag).toBe("ConfigurationError")
  })
})
