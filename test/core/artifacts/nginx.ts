import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdir, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { join } from "node:path"

const freePort = async () => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}

/** A port of this machine on which a real nginx can serve a directory. */
export interface Nginx {
  readonly url: string
  /** A line a request: its answer's status, "the range" and "the version" that were asked for. */
  readonly log: string
  /** Starts it, with more in its `server` block. */
  readonly start: (extra?: string) => Promise<ChildProcess>
}

/** An nginx for the files in a directory; `work` is one for its own. */
export const nginxFor = async (root: string, work: string): Promise<Nginx> => {
  const port = await freePort()
  const log = join(work, "access.log")
  await mkdir(join(work, "tmp"), { recursive: true })
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((each) => `${each}_temp_path ${work}/tmp/${each};`)
    .join("\n")
  const start = async (extra = "") => {
    await writeFile(
      join(work, "conf"),
      `daemon off; master_process off; pid ${work}/pid; error_log ${work}/error.log;
        events {}
        http { ${temp}
          log_format ranges '$status "$http_range" "$http_if_none_match"';
          access_log ${log} ranges;
          server { listen 127.0.0.1:${port}; root ${root}; ${extra} } }`,
    )
    return spawn("/usr/sbin/nginx", ["-p", work, "-c", join(work, "conf")], { stdio: "ignore" })
  }
  return { url: `http://127.0.0.1:${port}`, log, start }
}

/** Kills it, with all its connections. */
export const stop = async (child: ChildProcess): Promise<void> => {
  child.kill("SIGKILL")
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
}
