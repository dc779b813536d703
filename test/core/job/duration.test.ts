import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { BlockDuration, Duration, toSeconds } from "../../../src/core/job/duration.ts"

describe("Duration", () => {
  it("adds its units up", () => {
    expect(Duration.parse({ days: 1, hours: 2, minutes: 3, seconds: 4 })).toEqual({
      seconds: 93_784,
      skip: false,
    })
    expect(BlockDuration.parse({ minutes: 1.5, skip: true })).toEqual({ seconds: 90, skip: true })
  })

  it.each([
    [{}, "names no time: give days, hours, minutes or seconds"],
    [{ skip: true }, "names no time: give days, hours, minutes or seconds"],
    [{ minutes: 0, seconds: 0 }, "is no time at all"],
  ])("refuses %j", (value, message) => {
    const result = BlockDuration.safeParse(value)
    expect(result.error?.issues.map((issue) => issue.message)).toEqual([message])
  })

  it.each([{ minutes: -1 }, { minutes: "5" }, { minutes: Infinity }, { weeks: 1 }, 5, null])(
    "refuses %j",
    (value) => {
      expect(Duration.safeParse(value).success).toBe(false)
    },
  )

  it("is linear in each unit", () => {
    const amount = fc.nat(1000)
    fc.assert(
      fc.property(amount, amount, amount, amount, (days, hours, minutes, seconds) => {
        expect(toSeconds({ days, hours, minutes, seconds })).toBe(
          toSeconds({ days }) + toSeconds({ hours }) + toSeconds({ minutes }) + seconds,
        )
      }),
    )
  })
})
