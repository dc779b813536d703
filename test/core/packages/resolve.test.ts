import { createHash } from "node:crypto"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { repositoriesIn } from "../../../src/core/packages/repository.ts"
import { serve } from "../artifacts/file-server.ts"
import { openCache, temporary } from "../artifacts/job.ts"

const hash = (kind: string, text: string) => createHash(kind).update(text).digest("hex")
const md5 = (text: string) => hash("md5", text)

/** Three repositories with what is given: a directory, an HTTP server and a directory. */
const setUp = async (contents: ReadonlyArray<Readonly<Record<string, string>>>) => {
  const directory = await temporary()
  const places = contents.map((_, index) => join(directory.path, String(index)))
  for (const [index, files] of contents.entries()) {
    await mkdir(places[index]!)
    for (const [name, text] of Object.entries(files))
      await writeFile(join(places[index]!, name), text)
  }
  const server = await serve((request, response) => {
    readFile(join(directory.path, "1", decodeURIComponent(request.url ?? ""))).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    )
  })
  const cache = await openCache({ directory: join(directory.path, "cache") })
  const entries = [places[0]!, server.url, places[2]!].slice(0, contents.length)
  return {
    server,
    places: entries,
    job: cache.startJob(directory.path, repositoriesIn(directory.path, entries)),
    [Symbol.asyncDispose]: async () => {
      await cache[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    },
  }
}

const url = "package://k 1%.deb"

describe("package://", () => {
  it("is the first repository's that has it", async () => {
    await using at = await setUp([
      { other: "x" },
      { "k 1%.deb": "second" },
      { "k 1%.deb": "third" },
    ])
    expect(await at.job.fetch({ url })).toMatchObject({
      sha256: hash("sha256", "second"),
      name: "k 1%.deb",
    })
  })

  it("is not that of a repository whose own checksum it does not have", async () => {
    await using at = await setUp([
      { "k 1%.deb": "broken", "packages.checksum": `${md5("whole")} k 1%.deb\n` },
      { "k 1%.deb": "cut", "packages.checksum": `${hash("sha256", "whole")} k 1%.deb` },
      { "k 1%.deb": "whole", "packages.checksum": `${md5("whole")} k 1%.deb` },
    ])
    expect(await at.job.fetch({ url })).toMatchObject({ sha256: hash("sha256", "whole") })
  })

  it("is not that of a repository that lists another checksum than the job's, which is not downloaded", async () => {
    await using at = await setUp([
      {},
      { "k 1%.deb": "new", "packages.checksum": `${md5("new")} k 1%.deb` },
    ])
    const error = await at.job.failure({ url, md5sum: md5("old") })
    expect(error.message).toContain(
      `k%201%25.deb is not the file that the job expects: expected md5sum ${md5("old")}, packages.checksum there lists ${md5("new")}`,
    )
    expect(at.server.requests.map((each) => each.url)).toEqual(["/packages.checksum"])
  })

  it("says of every repository why it is not from there", async () => {
    await using at = await setUp([{}, {}, { "k 1%.deb": "x" }])
    const error = await at.job.failure({ url, sha256sum: "0".repeat(64) })
    expect(error._tag).toBe("JobError")
    expect(error.message).toMatch(/^package:\/\/k 1%.deb is in none of the repositories: /)
    for (const why of [/ENOENT/, /404 Not Found/, /expected sha256sum 0+, found/]) {
      expect(error.message).toMatch(why)
    }
  })

  it("is the lab's fault where no repository can be reached", async () => {
    await using directory = await temporary()
    await using cache = await openCache({ directory: directory.path })
    const repositories = repositoriesIn("/", ["http://127.0.0.1:1/p"])
    const error = await cache.startJob("/", repositories).failure({ url })
    expect(error).toMatchObject({ _tag: "InfrastructureError" })
  })

  it.each(["package://", "package://../x", "package://a//b"])("%s is no package", async (name) => {
    await using at = await setUp([{}])
    expect(await at.job.failure({ url: name })).toMatchObject({ _tag: "ConfigurationError" })
  })
})
