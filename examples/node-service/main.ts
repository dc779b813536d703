import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { parseArgs } from "node:util"
import { loadLab } from "lab-dispatch"
import { pino } from "pino"
import { Jobs } from "./jobs.ts"
import { makeServer } from "./server.ts"

const { values: options } = parseArgs({
  options: {
    lab: { type: "string", default: "lab.json" },
    "output-dir": { type: "string", default: "jobs" },
    port: { type: "string", default: "8080" },
  },
})

const log = pino({ level: process.env["LOG_LEVEL"] ?? "info" })
const lab = await loadLab(options.lab, { log })
const jobs = new Jobs(lab, options["output-dir"], log)
const server = makeServer(jobs, log)
// A job may run any command on a board: only this machine may ask for one.
server.listen(Number(options.port), "127.0.0.1")
await once(server, "listening")
const { port } = server.address() as AddressInfo
log.info({ url: `http://127.0.0.1:${port}/jobs` }, "listening")

const stop = async () => {
  server.close()
  await jobs.stop()
}
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => void stop())
