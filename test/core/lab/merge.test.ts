import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Mapping, merge } from "../../../src/core/lab/merge.ts"

describe("merge", () => {
  it("lets the device win key by key, replaces lists and takes keys away by null", () => {
    const type = { disk: { device: "/dev/sda", filesystem: "ext4" }, args: ["quiet"], dtb: "a.dtb" }
    const device = { disk: { device: "/dev/sdb" }, args: ["debug"], dtb: null }
    expect(merge(type, device)).toEqual({
      disk: { device: "/dev/sdb", filesystem: "ext4" },
      args: ["debug"],
    })
  })

  it("keeps everything when one side is empty, and never reaches a prototype", () => {
    const mapping = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer()))
    fc.assert(
      fc.property(mapping, (some) => {
        expect(merge(some, {})).toEqual({ ...some })
        expect(merge({}, some)).toEqual({ ...some })
      }),
    )
    const hostile = JSON.parse('{"__proto__": {"polluted": true}}') as Mapping
    merge({}, hostile)
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined()
  })
})
