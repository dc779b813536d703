import { randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import { describe, expect, it, vi } from "vitest"
import { fileListener, type Manners, serve } from "./file-server.ts"
import { openCache, temporary } from "./job.ts"

const content = randomBytes(300_000)

/** Fetches the file from a server with these manners and hands out what came and what was asked. */
const download = async (manners: Manners, versions: ReadonlyArray<Buffer> = [content]) => {
  await using directory = await temporary()
  let answer = 0
  const next = () => versions[Math.min(answer++, versions.length - 1)] ?? content
  await using server = await serve(fileListener(next, manners))
  await using cache = await openCache({
    directory: directory.path,
    patience: { stallSeconds: manners.stalls ? 0.3 : 10 },
  })
  const progress: Array<{ received: number; total?: number }> = []
  const job = cache.startJob()
  const url = `${server.url}/Image`
  const outcome = await job
    .fetch({ url }, { onProgress: (each) => progress.push(each) })
    .then(async ({ path }) => ({ came: await readFile(path), error: undefined }))
    .catch((error: Error) => ({ came: undefined, error }))
  const asked = server.requests.map(({ headers }) => ({
    range: headers.range,
    ifRange: headers["if-range"],
  }))
  return { ...outcome, asked, progress, url }
}

describe("a download that is cut", () => {
  it("is resumed where it stopped, as often as something new comes", async () => {
    const { came, asked } = await download({
      cuts: [100_000, 1000, 1000, 1000, 1000],
      etag: '"v1"',
    })
    expect(came).toEqual(content)
    expect(asked.map(({ range }) => range)).toEqual([
      undefined,
      "bytes=100000-",
      "bytes=101000-",
      "bytes=102000-",
      "bytes=103000-",
      "bytes=104000-",
    ])
    expect(asked.slice(1).every(({ ifRange }) => ifRange === '"v1"')).toBe(true)
  })

  it("is resumed by its date where the server has no strong tag", async () => {
    const lastModified = "Mon, 01 Jun 2026 10:00:00 GMT"
    const { came, asked } = await download({ cuts: [1000], etag: 'W/"v1"', lastModified })
    expect(came).toEqual(content)
    expect(asked[1]).toEqual({ range: "bytes=1000-", ifRange: lastModified })
  })

  it("begins again where the server has nothing to tell its versions apart", async () => {
    const { came, asked } = await download({ cuts: [1000], etag: null })
    expect(came).toEqual(content)
    expect(asked[1]).toEqual({ range: undefined, ifRange: undefined })
  })

  it("begins again where the server ignores ranges", async () => {
    const { came, progress } = await download({ cuts: [100_000, 200_000], ranges: false })
    expect(came).toEqual(content)
    expect(progress.at(-1)).toEqual({ received: 300_000, total: 300_000 })
  })

  it("begins again where the file has changed in between", async () => {
    const newer = randomBytes(200_000)
    const { came } = await download({ cuts: [100_000] }, [content, newer])
    expect(came).toEqual(newer)
  })

  it("is resumed where the server has not said how long the file is", async () => {
    const { came, progress } = await download({ cuts: [100_000], chunked: true })
    expect(came).toEqual(content)
    expect(progress.at(-1)).toEqual({ received: 300_000, total: 300_000 })
  })

  it("fails in the end, and says how much came", async () => {
    const { error, asked, url } = await download({ endsAt: 120_000 })
    expect(error).toMatchObject({
      _tag: "InfrastructureError",
      message: `${url} cannot be downloaded: 120000 of 300000 bytes came, and 3 attempts brought no more; the last one: the server cut the connection`,
    })
    expect(asked).toHaveLength(4)
  })

  it("fails in the end without ranges, too", async () => {
    const { error } = await download({ endsAt: 120_000, ranges: false })
    expect(error?.message).toContain("120000 of 300000 bytes came")
  })

  it("counts as cut when no byte comes any more", async () => {
    const resumed = await download({ cuts: [100_000], stalls: true })
    expect(resumed.came).toEqual(content)
    const { error } = await download({ endsAt: 120_000, stalls: true })
    expect(error?.message).toContain("the last one: no byte came for 0.3 s")
  })
})

it("a slow server that goes on sending is left alone", async () => {
  await using directory = await temporary()
  await using server = await serve((_, response) => {
    let left = 10
    const timer = setInterval(() => (left-- > 0 ? response.write("x") : response.end()), 100)
    response.once("close", () => clearInterval(timer))
  })
  await using cache = await openCache({
    directory: directory.path,
    patience: { stallSeconds: 0.6 },
  })
  expect(await cache.startJob().fetch({ url: server.url })).toMatchObject({ size: 10 })
  expect(server.requests).toHaveLength(1)
})

/** What fetching from a listener fails with. */
const failureOf = async (
  listener: Parameters<typeof serve>[0],
  headers: Record<string, string> = {},
) => {
  await using directory = await temporary()
  await using server = await serve(listener)
  await using cache = await openCache({ directory: directory.path })
  const error = await cache.startJob().failure({ url: `${server.url}/Image?key=s3cret`, headers })
  return { error, count: server.requests.length }
}

describe("an answer that is no file", () => {
  it.each([
    [404, "404 Not Found; check the URL"],
    [403, "403 Forbidden; check the URL and the headers that it needs"],
    [410, "410 Gone"],
  ])("%i: the job's URL is wrong", async (status, text) => {
    const { error, count } = await failureOf((_, response) => response.writeHead(status).end("no"))
    expect(error).toMatchObject({ _tag: "JobError", message: expect.stringContaining(text) })
    expect(count).toBe(1)
  })

  it.each([500, 503, 429])("%i: the server is ill, after several attempts", async (status) => {
    const { error, count } = await failureOf((_, response) => response.writeHead(status).end("no"))
    expect(error).toMatchObject({
      _tag: "InfrastructureError",
      message: expect.stringContaining(
        `nothing came in 3 attempts; the last one: the server answered ${status}`,
      ),
    })
    expect(count).toBe(3)
  })

  it("a connection that is refused is the lab's", async () => {
    await using directory = await temporary()
    const server = await serve(() => {})
    await server[Symbol.asyncDispose]()
    await using cache = await openCache({ directory: directory.path })
    expect(await cache.startJob().failure({ url: `${server.url}/Image` })).toMatchObject({
      _tag: "InfrastructureError",
      message: expect.stringContaining("connection refused"),
    })
  })

  it("a name that nobody knows is the lab's", async () => {
    await using directory = await temporary()
    await using cache = await openCache({ directory: directory.path })
    expect(await cache.startJob().failure({ url: "http://server.invalid/Image" })).toMatchObject({
      _tag: "InfrastructureError",
      message: expect.stringContaining("name"),
    })
  })

  it("a server that speaks something else is the lab's", async () => {
    const { error } = await failureOf((request) => request.socket.end("SSH-2.0-OpenSSH_9\r\n"))
    expect(error).toMatchObject({ _tag: "InfrastructureError" })
  })

  it("no message shows a header's value or the query", async () => {
    const headers = { authorization: "Bearer t0ken" }
    const listeners: ReadonlyArray<Parameters<typeof serve>[0]> = [
      (_, response) => response.writeHead(401).end(),
      (_, response) => response.writeHead(500).end(),
      (request) => request.socket.destroy(),
      (_, response) => response.writeHead(302, { location: "ftp://x/?key=s3cret" }).end(),
    ]
    for (const listener of listeners) {
      const { error } = await failureOf(listener, headers)
      expect(JSON.stringify(error)).not.toMatch(/t0ken|s3cret/)
      expect(error.message).not.toMatch(/t0ken|s3cret/)
    }
    const { error } = await failureOf(() => {}, { authorization: "t0ken\n" })
    expect(error).toMatchObject({ _tag: "ConfigurationError" })
    expect(error.message).not.toMatch(/t0ken/)
    expect(error.message).toContain("authorization")
  })
})

describe("a redirect", () => {
  it("is followed; the job's headers stay with their own server", async () => {
    await using directory = await temporary()
    await using cache = await openCache({ directory: directory.path })
    await using storage = await serve(fileListener(() => content, { cuts: [1000] }))
    await using front = await serve((request, response) => {
      const location = request.url === "/a/Image" ? "../b/Image" : `${storage.url}/blob`
      response.writeHead(302, { location }).end()
    })
    const headers = { "Private-Token": "t0ken" }
    const file = await cache.startJob().fetch({ url: `${front.url}/a/Image`, headers })
    expect(await readFile(file.path)).toEqual(content)
    expect(file.name).toBe("Image")
    expect(front.requests.map((each) => each.headers["private-token"])).toEqual(
      Array.from({ length: 4 }, () => "t0ken"),
    )
    expect(storage.requests.map((each) => each.headers["private-token"])).toEqual([
      undefined,
      undefined,
    ])
    expect(storage.requests[1]?.headers.range).toBe("bytes=1000-")
  })

  it("that goes in circles is the job's fault", async () => {
    const { error } = await failureOf((_, response) => {
      response.writeHead(301, { location: "/Image" }).end()
    })
    expect(error).toMatchObject({ _tag: "JobError" })
    expect(error.message).toContain("redirects more than 10 times")
  })
})

describe("a request", () => {
  it("asks for the bytes as they are, and keeps a .gz that is sent as an encoding", async () => {
    await using directory = await temporary()
    await using cache = await openCache({ directory: directory.path })
    await using server = await serve((request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end("not even gzip")
    })
    const { path } = await cache.startJob().fetch({ url: `${server.url}/x.gz` })
    expect(await readFile(path, "utf8")).toBe("not even gzip")
    expect(server.requests[0]?.headers["accept-encoding"]).toBe("identity")
  })

  it("carries the URL's user and password", async () => {
    await using directory = await temporary()
    await using cache = await openCache({ directory: directory.path })
    await using server = await serve(fileListener(() => content))
    await cache.startJob().fetch({ url: `${server.url.replace("//", "//me:pw@")}/x` })
    const { authorization } = server.requests[0]?.headers ?? {}
    expect(authorization).toBe(`Basic ${Buffer.from("me:pw").toString("base64")}`)
  })

  it("goes through the proxy that the environment names", async () => {
    await using directory = await temporary()
    await using cache = await openCache({ directory: directory.path })
    await using proxy = await serve(fileListener(() => content))
    vi.stubEnv("http_proxy", proxy.url)
    try {
      await cache.startJob().fetch({ url: "http://server.invalid/Image" })
    } finally {
      vi.unstubAllEnvs()
    }
    expect(proxy.requests[0]?.url).toBe("http://server.invalid/Image")
  })
})
