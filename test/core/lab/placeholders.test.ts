import { describe, expect, it } from "vitest"
import { fillIn, fillInAll } from "../../../src/core/lab/placeholders.ts"

describe("placeholders", () => {
  it("fills in what the job has", () => {
    expect(fillIn("tftp 0x800000 {KERNEL}", { KERNEL: "ab12/vmlinuz" })).toBe(
      "tftp 0x800000 ab12/vmlinuz",
    )
  })

  it("drops a line that names what the job does not have, and leaves U-Boot's variables alone", () => {
    const lines = ["setenv serverip {SERVER_IP}", "tftp ${fdt_addr_r} {DTB}", "bootz ${a} - ${b}"]
    expect(fillInAll(lines, { SERVER_IP: "10.0.2.2", DTB: undefined })).toEqual([
      "setenv serverip 10.0.2.2",
      "bootz ${a} - ${b}",
    ])
  })
})
