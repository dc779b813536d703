import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { writeLegacyImage } from "../../../src/actions/deploy/legacy-image.ts"
import { output } from "../../core/net/run.ts"

describe("a uImage", () => {
  it.each([
    ["arm", "kernel", "ARM Linux Kernel Image (uncompressed)"],
    ["arm64", "ramdisk", "AArch64 Linux RAMDisk Image (uncompressed)"],
    ["riscv", "kernel", "RISC-V Linux Kernel Image (uncompressed)"],
  ] as const)(
    "for %s, a %s, is what U-Boot's own mkimage takes it for",
    async (architecture, kind, type) => {
      const directory = await mkdtemp(join(tmpdir(), "lab-dispatch-test-"))
      onTestFinished(() => rm(directory, { recursive: true }))
      const [from, to] = [join(directory, "plain"), join(directory, "image")]
      // More than is read at once.
      await writeFile(from, Buffer.alloc(200_001, "kernel"))
      await writeLegacyImage(from, to, { architecture, kind, load: 0x42000000 })
      // It checks both checksums of the header.
      const told = (await output("mkimage", ["-l", to])).toString()
      expect(told).toContain(`Image Type:   ${type}\n`)
      expect(told).toContain("Data Size:    200001 Bytes")
      expect(told).toContain("Load Address: 42000000\nEntry Point:  42000000")
    },
  )
})
