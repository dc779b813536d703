import { type ChildProcess, spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { mkdir, readFile, stat, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { expect, it } from "vitest"
import { openCache, temporary } from "./job.ts"

const nginx = "/usr/sbin/nginx"

const freePort = async () => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}

const stop = async (child: ChildProcess) => {
  child.kill("SIGKILL")
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
}

it("a real nginx that is killed half-way and comes back is resumed, then asked for changes", async () => {
  await using directory = await temporary()
  const root = join(directory.path, "nginx")
  await mkdir(join(root, "tmp"), { recursive: true })
  const content = randomBytes(4_000_000)
  await writeFile(join(root, "Image"), content)
  const port = await freePort()
  const log = join(root, "access.log")
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((each) => `${each}_temp_path ${root}/tmp/${each};`)
    .join("\n")
  const start = async (extra: string) => {
    await writeFile(
      join(root, "conf"),
      `daemon off; master_process off; pid ${root}/pid; error_log ${root}/error.log;
        events {}
        http { ${temp}
          log_format ranges '$status "$http_range" "$http_if_none_match"';
          access_log ${log} ranges;
          server { listen 127.0.0.1:${port}; root ${root}; ${extra} } }`,
    )
    return spawn(nginx ?? "", ["-p", root, "-c", join(root, "conf")], { stdio: "ignore" })
  }
  await using cache = await openCache({
    directory: join(directory.path, "cache"),
    patience: { attempts: 20, pauseSeconds: 0.05 },
  })
  const job = cache.startJob()
  const url = `http://127.0.0.1:${port}/Image`
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
