import { mkdtemp, readFile, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execa } from "execa"
import { expect, it } from "vitest"
import { cpio } from "../../../src/core/artifacts/cpio.ts"

it("is unpacked by cpio, behind another archive too", async () => {
  const directory = await mkdtemp(join(tmpdir(), "cpio-"))
  try {
    const first = cpio([{ path: "a", content: "one\n", mode: 0o644 }])
    const second = cpio([
      { path: "preseed.cfg", content: "d-i time/zone string UTC\n", mode: 0o600 },
      { path: "empty", content: "", mode: 0o755 },
    ])
    const unpack = (input: Buffer) =>
      execa("cpio", ["-i", "--quiet", "--make-directories"], { cwd: directory, input })
    await unpack(first)
    await unpack(second)
    expect(await readFile(join(directory, "a"), "utf8")).toBe("one\n")
    expect(await readFile(join(directory, "preseed.cfg"), "utf8")).toBe(
      "d-i time/zone string UTC\n",
    )
    expect((await stat(join(directory, "preseed.cfg"))).mode & 0o777).toBe(0o600)
    expect((await stat(join(directory, "empty"))).mode & 0o777).toBe(0o755)
    expect([first.length % 4, second.length % 4]).toEqual([0, 0])
  } finally {
    await rm(directory, { recursive: true })
  }
})
