import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import fc from "fast-check"
import { describe, expect, it, onTestFinished } from "vitest"
import { pathInRoot } from "../../src/core/path-in-root.ts"

/** A directory with links: path -> target. */
const rootWith = async (links: Readonly<Record<string, string>>): Promise<string> => {
  const root = await mkdtemp(join(tmpdir(), "lab-dispatch-test-"))
  onTestFinished(() => rm(root, { recursive: true }))
  for (const [path, target] of Object.entries(links)) {
    await mkdir(join(root, dirname(path)), { recursive: true })
    await symlink(target, join(root, path))
  }
  return root
}

describe("pathInRoot", () => {
  it.each([
    ["/lib/modules", "usr/lib/modules"],
    ["/var/run/lava-1", "run/lava-1"],
    ["/up/passwd", "etc/passwd"],
    ["../../etc/./passwd", "etc/passwd"],
    ["/not/there", "not/there"],
    ["/", ""],
  ])("%s is %s, as in a chroot", async (path, inside) => {
    const root = await rootWith({ lib: "usr/lib", "var/run": "/run", up: "../../../etc" })
    expect(await pathInRoot(root, path)).toBe(join(root, inside))
  })

  it("refuses links in a circle", async () => {
    const root = await rootWith({ a: "b", b: "/a" })
    await expect(pathInRoot(root, "/a/x")).rejects.toThrow("too many levels of symbolic links")
  })

  it("never leads out of the root, whatever the links", async () => {
    const name = fc.constantFrom("a", "b", "..", ".", "")
    const path = fc.array(name, { minLength: 1, maxLength: 6 }).map((names) => names.join("/"))
    await fc.assert(
      fc.asyncProperty(path, path, fc.boolean(), async (asked, target, absolute) => {
        const root = await mkdtemp(join(tmpdir(), "lab-dispatch-test-"))
        try {
          await mkdir(join(root, "b"))
          await symlink(`${absolute ? "/" : ""}${target || "."}`, join(root, "a"))
          await symlink(`../${target}`, join(root, "b", "a"))
          const found = await pathInRoot(root, asked).catch(() => root)
          expect(found === root || found.startsWith(`${root}/`)).toBe(true)
        } finally {
          await rm(root, { recursive: true })
        }
      }),
      { numRuns: 100 },
    )
  })
})
