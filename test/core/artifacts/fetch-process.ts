// A process that fetches one artifact through a cache: fetch-process.ts DIRECTORY ARTIFACT
import { setTimeout as sleep } from "node:timers/promises"
import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { openCache } from "./job.ts"

const [directory = "", artifact = ""] = process.argv.slice(2)
await using cache = await openCache({ directory, maxBytes: 1 })
process.stdout.write("ready\n")
const job = cache.startJob()
const { path } = await job.fetch(JSON.parse(artifact), {
  onProgress: () => process.stdout.write("progress\n"),
})
// long enough for the other processes to evict what this one reads
await sleep(50)
const found = createHash("sha256")
  .update(await readFile(path))
  .digest("hex")
await job.end()
process.stdout.write(`${found}\n`)
