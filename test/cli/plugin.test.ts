import { existsSync, globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { directoryWith, dispatch } from "./command.ts"

it("makes a package of a plugin by the name that it is given", async () => {
  const cwd = directoryWith()
  const { code, stdout } = await dispatch(["plugin", "new", "acme-board"], { cwd })
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: "acme-board is made. Next:\n  cd acme-board\n  npm install\n  npm test\n",
  })
  const directory = join(cwd, "acme-board")
  const files = globSync("**/*", { cwd: directory, withFileTypes: true }).filter((each) =>
    each.isFile(),
  )
  expect(existsSync(join(directory, ".gitignore"))).toBe(true)
  for (const { parentPath, name } of files) {
    expect(name).not.toContain("my-board")
    expect(readFileSync(join(parentPath, name), "utf8")).not.toContain("my-board")
  }
  const { name, peerDependencies } = JSON.parse(
    readFileSync(join(directory, "package.json"), "utf8"),
  )
  expect(name).toBe("acme-board")
  expect(peerDependencies["lab-dispatch"]).toMatch(/^\^\d+\.\d+\.\d+$/)
  const valid = await dispatch(["validate", "acme-board/jobs/smoke.json"], { cwd })
  expect(valid).toMatchObject({ code: 0 })
})

it("makes it where it is told to, over nothing that is there", async () => {
  const cwd = directoryWith({ "taken/README.md": "mine" })
  const taken = await dispatch(["plugin", "new", "taken"], { cwd })
  expect(taken).toMatchObject({ code: 2, stdout: "" })
  expect(taken.stderr).toBe("error: taken has files already: give another directory by --dir\n")
  expect(globSync("taken/*", { cwd })).toEqual(["taken/README.md"])
  const { code } = await dispatch(["plugin", "new", "taken", "--dir", "other/one"], { cwd })
  expect(code).toBe(0)
  expect(existsSync(join(cwd, "other/one/src/taken.ts"))).toBe(true)
})

it.each(["My Board", "../up", "@acme/board"])("refuses %j as a name", async (name) => {
  const { code, stderr } = await dispatch(["plugin", "new", name], { cwd: directoryWith() })
  expect(code).toBe(2)
  expect(stderr).toMatch(/^error: ".*" is no name for a plugin: expected small letters/)
})
