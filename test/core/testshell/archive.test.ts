import { mkdir, mkdtemp, readdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { buffer } from "node:stream/consumers"
import * as Effect from "effect/Effect"
import { type Header, pack } from "tar-stream"
import { expect, it } from "vitest"
import { unpackTar } from "../../../src/core/testshell/archive.ts"
import { useDirectory } from "./device.ts"

type Member = Partial<Header> & Pick<Header, "name">

const directory = useDirectory()

/** Unpacks an archive of such members into a directory of its own; answers how that ended. */
const unpack = async (members: ReadonlyArray<Member>) => {
  const place = await mkdtemp(join(directory.path, "unpack-"))
  const archive = pack()
  for (const header of members) {
    if (header.type === undefined || header.type === "file") archive.entry(header, "evil")
    else archive.entry(header)
  }
  archive.finalize()
  await writeFile(join(place, "a.tar"), await buffer(archive))
  await mkdir(join(place, "into"))
  const result = await Effect.runPromise(
    Effect.result(unpackTar(join(place, "a.tar"), join(place, "into"), "a.tar")),
  )
  return { place, error: result._tag === "Failure" ? result.failure : undefined }
}

const link = (name: string, linkname: string): Member => ({ name, linkname, type: "symlink" })

it.each<[string, ReadonlyArray<Member>]>([
  ["a name with ..", [{ name: "../evil" }]],
  ["a name with .. inside", [{ name: "a/../../evil" }]],
  ["an absolute name", [{ name: "/tmp/testshell-evil" }]],
  ["a link that points out", [link("l", "../evil")]],
  ["a link that points to an absolute place", [link("l", "/etc")]],
  ["a deep link that points out", [link("a/b/l", "../../../evil")]],
  ["a hard link to outside", [{ name: "l", linkname: "../a.tar", type: "link" }]],
  ["a hard link to an absolute place", [{ name: "l", linkname: "/etc/passwd", type: "link" }]],
  ["a file written through a link", [link("l", "."), { name: "l/evil" }]],
  [
    "a file written through links that lead out together",
    [link("a/b", ".."), link("c", "a/b/.."), { name: "c/evil" }],
  ],
  ["a device", [{ name: "d", type: "character-device" }]],
  ["a block device", [{ name: "d", type: "block-device" }]],
  ["a pipe", [{ name: "d", type: "fifo" }]],
])("%s is refused", async (_, members) => {
  const { place, error } = await unpack(members)
  expect(error?._tag === "JobError" || error?._tag === "InfrastructureError").toBe(true)
  expect((await readdir(place)).toSorted()).toEqual(["a.tar", "into"])
  expect(await readdir("/tmp")).not.toContain("testshell-evil")
})

it("links that stay inside are made", async () => {
  const { place, error } = await unpack([link("a/l", "../b/file"), { name: "b/file" }])
  expect(error).toBeUndefined()
  expect(await readdir(join(place, "into"))).toEqual(["a", "b"])
})
