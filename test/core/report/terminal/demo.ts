import { openReports } from "../../../../src/core/report/open.ts"
import { completeJob, failedJob } from "../story.ts"

// Plays a job of the stories into the terminal, at the speed of its events:
//   node test/core/report/terminal/demo.ts [complete|failed] [times as fast] [output directory]
const [story = "complete", factor = "1", outputDir] = process.argv.slice(2)
const events = story === "failed" ? failedJob() : completeJob()
const first = events[0]?.time ?? 0
const begin = Date.now()
const reports = openReports({ format: "pretty", outputDir })
for (const event of events) {
  const due = begin + (event.time - first) / Number(factor)
  const early = due - Date.now()
  if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
  reports.event({ ...event, time: Date.now() })
}
await reports.end()
