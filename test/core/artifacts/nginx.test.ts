import { randomBytes } from "node:crypto"
import { mkdir, readFile, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { expect, it } from "vitest"
import { openCache, temporary } from "./job.ts"
import { nginxFor, stop } from "./nginx.ts"

it("a real nginx that is killed half-way and comes back is resumed, then asked for changes", async () => {
  await using directory = await temporary()
  const root = join(directory.path, "nginx")
  await mkdir(root, { recursive: true })
  const content = randomBytes(4_000_000)
  await writeFile(join(root, "Image"), content)
  const { url: site, log, start } = await nginxFor(root, root)
  await using cache = await openCache({
    directory: join(directory.path, "cache"),
    patience: { attempts: 20, pauseSeconds: 0.05 },
  })
  const job = cache.startJob()
  const url = `${site}/Image`
  const half = Promise.withResolvers<void>()
  let server = await start("limit_rate 1m;")
  try {
    const fetching = job.fetch(
      { url },
      { onProgress: ({ received }) => received > 500_000 && half.resolve() },
    )
    await half.promise
    await stop(server)
    await sleep(200)
    server = await start("")
    const { path } = await fetching
    expect((await readFile(path)).equals(content)).toBe(true)
    const again = await job.fetch({ url })
    expect((await stat(again.path)).ino).toBe((await stat(path)).ino)
  } finally {
    await stop(server)
  }
  const lines = (await readFile(log, "utf8")).trim().split("\n")
  expect(lines.at(-2)).toMatch(/^206 "bytes=\d{6,}-" "-"$/)
  expect(lines.at(-1)).toMatch(/^304 "-" ".+"$/)
})
