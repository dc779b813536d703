import { describe, expect, it } from "vitest"
import { runJob } from "./dispatch-run.ts"
import { lab, machine } from "./highbank-lab.ts"
import { expectFailure } from "./outcome.ts"
import { smallJob } from "./small-job.ts"

describe("a lab that is not as its file says", () => {
  it("has no such device", async () => {
    const options = ["--device", "highbank-20"]
    const ended = await runJob({ job: smallJob(), lab, machine, options })
    expectFailure(ended, {
      exitCode: 2,
      type: "Configuration",
      message: /no such device: "highbank-20"; did you mean "highbank-01"\?/,
    })
  })

  it("has a console that cannot be opened", async () => {
    const unplugged = await lab.changed("unplugged", (description) => ({
      ...description,
      devices: {
        [machine]: {
          ...description.devices[machine],
          console: { serial: { path: `${lab.directory}/unplugged`, baud: 115_200 } },
        },
      },
    }))
    const ended = await runJob({ job: smallJob(), lab: unplugged, machine })
    expectFailure(ended, {
      exitCode: 3,
      type: "Infrastructure",
      message: /unplugged cannot be opened: there is no such device/,
    })
    expect(ended.console).toBe("")
  })
})
