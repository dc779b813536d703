// Runs a job on each board of a lab at once, in this process, as a service would; prints its peak memory
// in bytes. JavaScript, since what turns TypeScript into it would be counted.
// Run by jobs-at-once.ts: node bench/at-once.js DIST LAB JOB OUTPUT
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"

const [dist, labFile, jobFile, output] = process.argv.slice(2)
const { dispatch, loadLab } = await import(pathToFileURL(join(dist, "index.js")).href)

const value = JSON.parse(readFileSync(jobFile, "utf8"))
const lab = await loadLab(labFile)
const results = await Promise.all(
  [...lab.devices.keys()].map((device) => {
    const recordDirectory = join(output, device)
    return dispatch({ value }, { lab, device, recordDirectory }).result
  }),
)
for (const { status, cases, error } of results) {
  if (status !== "complete" || cases.filter(({ result }) => result === "pass").length !== 11) {
    throw new Error(`a job ended as ${status} with ${cases.length} cases: ${error?.message}`)
  }
}
console.log(process.resourceUsage().maxRSS * 1024)
