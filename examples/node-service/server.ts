import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { ConfigurationError, InvalidFile, type JobEvent } from "lab-dispatch"
import type { Logger } from "pino"
import type { Job, Jobs } from "./jobs.ts"

/**
 * The service's HTTP server, not yet listening:
 *
 *     POST   /jobs            a job in JSON or YAML: 201 and what it is called, 400 and what is wrong with it,
 *                             or 409 while no board for it is idle
 *     GET    /jobs            all jobs
 *     GET    /jobs/ID         a job, with its result when it has ended
 *     GET    /jobs/ID/events  what happens in it, as server-sent events
 *     DELETE /jobs/ID         cancels it
 */
export const makeServer = (jobs: Jobs, log: Logger): Server =>
  createServer((request, response) => {
    route(jobs, request, response).catch((err: unknown) => {
      log.error({ err, url: request.url }, "request failed")
      if (response.headersSent) response.destroy()
      else answer(response, 500, { error: String(err) })
    })
  })

const route = async (
  jobs: Jobs,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const { method = "GET", url = "/" } = request
  const [, root, id, part] = new URL(url, "http://service").pathname.split("/")
  if (root !== "jobs") return answer(response, 404, { error: "there is only /jobs here" })
  if (id === undefined) {
    if (method === "POST") return take(jobs, request, response)
    if (method === "GET") return answer(response, 200, jobs.all().map(about))
    return answer(response, 405, { error: "expected GET or POST" })
  }
  const job = jobs.get(id)
  if (!job) return answer(response, 404, { error: `there is no job ${id}` })
  if (method === "GET") {
    return part === "events" ? follow(job, response) : answer(response, 200, about(job))
  }
  if (method !== "DELETE") return answer(response, 405, { error: "expected GET or DELETE" })
  job.run.cancel()
  answer(response, 202, about(job))
}

const take = async (
  jobs: Jobs,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const text = await body(request)
  if (text === undefined)
    return answer(response, 413, { error: `the job has over ${longest} bytes` })
  try {
    const job = await jobs.start({ text, name: "job" })
    if (!job) return answer(response, 409, { error: "no board for this job is idle" })
    response.setHeader("location", `/jobs/${job.id}`)
    answer(response, 201, about(job))
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    const problems = error instanceof InvalidFile ? error.problems : []
    answer(response, 400, { error: error.message, problems })
  }
}

/** The longest job that is taken, in bytes. */
const longest = 1024 * 1024

const body = async (request: IncomingMessage): Promise<string | undefined> => {
  const chunks: Array<Buffer> = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk)
    size += chunk.length
    if (size > longest) return undefined
  }
  return Buffer.concat(chunks).toString()
}

const follow = async ({ past, run }: Job, response: ServerResponse): Promise<void> => {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" })
  for (const event of past) response.write(serverSent(event))
  // Reading begins in this very moment: no event is missed, none is told twice.
  const live = Readable.from(run.events)
  await pipeline(live, eachServerSent, response).catch(() => {
    // Who listened has gone away.
  })
}

const eachServerSent = async function* (events: AsyncIterable<JobEvent>) {
  for await (const event of events) yield serverSent(event)
}

const serverSent = (event: JobEvent): string =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

const about = ({ id, name, device, result }: Job) => ({
  id,
  job: name,
  device,
  status: "running",
  ...result,
})

const answer = (response: ServerResponse, status: number, value: unknown): void => {
  response.writeHead(status, { "content-type": "application/json" })
  response.end(`${JSON.stringify(value)}\n`)
}
