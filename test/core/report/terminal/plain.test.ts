import { describe, expect, it } from "vitest"
import type { JobEvent } from "../../../../src/core/pipeline/events.ts"
import { plainView } from "../../../../src/core/report/terminal/plain.ts"
import { timeOfDay } from "../../../../src/core/report/terminal/quantities.ts"
import { completeJob, dawn, failedJob, tell } from "../story.ts"
import { openScreen } from "./screen.ts"

const print = (events: ReadonlyArray<JobEvent>): string => {
  let text = ""
  const { output } = openScreen(80)
  const view = plainView({ ...output, colour: false, live: false, write: (more) => (text += more) })
  for (const event of events) view.event(event)
  void view.end()
  return text
}

describe("plainView", () => {
  it("says when, and one thing a line", () => {
    const lines = print(completeJob()).split("\n")
    const at = (seconds: number) => timeOfDay(dawn + seconds * 1000)
    expect(lines.slice(0, 4)).toEqual([
      `${at(0)} highbank-pxe: job 42 on highbank-01 (highbank)`,
      `${at(0)} 1 master-deploy: Install a root file system and a kernel (up to 10 min)`,
      `${at(0)} 1.1 reset-device: Turn highbank-01 off and on again (up to 30 s)`,
      `${at(0)} 1.1 ✔ reset-device done after 0.4 s`,
    ])
    const typed = lines.filter((line) => line.includes("setenv pxefile_addr_r"))
    expect(typed).toEqual([
      `${at(1)} uart0 │ => setenv pxefile_addr_r 0x800000; pxe get && pxe boot`,
    ])
    expect(lines).toContainEqual(
      expect.stringMatching(/^\S+ ✔ 0_smoke\/disk\/write-speed pass 112\.5 MB\/s$/),
    )
    expect(lines).toContainEqual(expect.stringMatching(/^\S+ ✖ 0_smoke\/dmesg-clean fail: 2 lines/))
    expect(lines).toContainEqual(expect.stringMatching(/^\S+ warning: the deb has no dtb/))
  })

  it("ends with the table and the verdict", () => {
    expect(print(completeJob())).toMatch(/ {2}suite +case +result +measurement +time\n/)
    expect(print(failedJob())).toContain("✖ Failed in 5.3 s: JobError in login-action\n")
  })

  it("tells an error once", () => {
    expect(print(failedJob()).match(/JobError: expected/g)).toHaveLength(1)
  })

  it("shows what was typed where nothing gives it back, before what comes next", () => {
    const story = tell().type("[MASKED]").target("Password: ").type("echo lost")
    story.target("noise 1", "noise 2").log("info", "next")
    const told = print(story.events).split("\n").slice(0, 6)
    expect(told.map((line) => line.replace(/^\S+ /, ""))).toEqual([
      "uart0 » [MASKED]",
      "uart0 │ Password: ",
      "uart0 │ noise 1",
      "uart0 │ noise 2",
      "uart0 » echo lost",
      "next",
    ])
  })

  it("tells of a long transfer every ten seconds", () => {
    const story = tell().job().start("1", "get", "Get it", 900)
    for (let second = 0; second <= 35; second++) story.progress("1", "f", second * 1e6, 1e8).wait(1)
    const told = print(story.events)
      .split("\n")
      .filter((line) => line.includes(" 1 f: "))
    expect(told.map((line) => line.replace(/^\S+ /, ""))).toEqual([
      "1 f: 10 MB of 100 MB, 1.0 MB/s",
      "1 f: 20 MB of 100 MB, 1.0 MB/s",
      "1 f: 30 MB of 100 MB, 1.0 MB/s",
    ])
  })

  it("lets no control character of the board through", () => {
    const text = print(tell().target("\x1b[2Jboo\x07").log("error", "\x1b[31mred\r\nnext").events)
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
  })
})
