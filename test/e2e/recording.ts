import { readFile } from "node:fs/promises"
import { join } from "node:path"

/**
 * When a text had come whole from a device, by the recording of its console (`uart0.log` and its
 * `uart0.timing`, in script(1)'s multi-stream format): milliseconds since 1970.
 */
export const whenCame = async (directory: string, text: string): Promise<number> => {
  const log = await readFile(join(directory, "uart0.log"))
  const place = log.indexOf(text)
  if (place < 0) throw new Error(`"${text}" is not in the recording of the console`)
  const timing = await readFile(join(directory, "uart0.timing"), "utf8")
  let time = Number.NaN
  let bytes = 0
  for (const line of timing.split("\n")) {
    const [stream, seconds, what, start = ""] = line.split(" ")
    if (what === "START_TIME") time = Date.parse(start)
    else time += Number(seconds) * 1000
    if (stream === "O") bytes += Number(what)
    if (bytes >= place + text.length) return time
  }
  throw new Error(`uart0.timing ends before "${text}"`)
}

/** When the job's log first said something of a level: milliseconds since 1970. */
export const whenSaid = async (
  directory: string,
  level: string,
  message: RegExp,
): Promise<number> => {
  const log = await readFile(join(directory, "logs.yaml"), "utf8")
  for (const line of log.split("\n").filter((each) => each.startsWith("- "))) {
    const { dt, lvl, msg } = JSON.parse(line.slice(2)) as Record<"dt" | "lvl" | "msg", unknown>
    if (lvl === level && message.test(String(msg))) return Date.parse(`${String(dt)}Z`)
  }
  throw new Error(`the log says nothing like ${message} of level ${level}`)
}
