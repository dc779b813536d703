import { createHash } from "node:crypto"
import { appendFileSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { listening } from "../core/console/peers.ts"
import { nginxFor, stop } from "../core/artifacts/nginx.ts"
import { sshd } from "../core/ssh/sshd.ts"
import { directoryWith, dispatch, type Ended, startDispatch } from "./command.ts"

const md5 = (text: string) => createHash("md5").update(text).digest("hex")

/** A lab whose packages are in a directory, and on a host that is uploaded to by ssh and served by nginx. */
const setUp = Effect.gen(function* () {
  const server = yield* sshd("Subsystem sftp /usr/lib/openssh/sftp-server")
  const cwd = directoryWith({ "a.deb": "a", "tree/b.tar.bz2": "b", "tree/c c.tar.bz2": "c" })
  const [builtin = "", custom = ""] = ["builtin", "custom"].map((name) => join(cwd, "srv", name))
  for (const each of [builtin, custom, join(cwd, "nginx")]) mkdirSync(each, { recursive: true })
  const nginx = yield* Effect.promise(() => nginxFor(join(cwd, "srv"), join(cwd, "nginx")))
  yield* Effect.acquireRelease(
    Effect.promise(() => nginx.start()),
    (child) => Effect.promise(() => stop(child)),
  )
  yield* listening(Number(new URL(nginx.url).port))
  const { identity_file, known_hosts } = server.settings()
  const repositories = [
    { name: "here", fetch: "srv/builtin" },
    {
      name: "there",
      kind: "custom",
      fetch: `${nginx.url}/custom`,
      upload: `ssh://127.0.0.1:${server.port}${custom}`,
      ssh: { identity_file, known_hosts },
    },
  ]
  writeFileSync(join(cwd, "lab.json"), JSON.stringify({ repositories, devices: {} }))
  const packages = (...args: ReadonlyArray<string>): Effect.Effect<Ended> =>
    Effect.promise(() => dispatch(["packages", ...args], { cwd }))
  return { cwd, builtin, custom, packages, server }
})

describe("dispatch packages", () => {
  it.live("uploads, lists, verifies and removes in a directory and on another host", () =>
    Effect.gen(function* () {
      const { packages, builtin, custom } = yield* setUp
      expect(yield* packages("upload", "a.deb", "--keep-free", "1")).toMatchObject({
        code: 0,
        stdout: "a.deb  1 B  uploaded  here\n",
        stderr: "",
      })
      expect(readdirSync(builtin)).toEqual(["a.deb", "packages.checksum"])
      const uploaded = yield* packages("upload", "--custom", "--all", "tree", "--keep-free", "1")
      expect(uploaded).toMatchObject({ code: 0, stderr: "" })
      const listed = yield* packages("list")
      expect(listed.stdout.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, "DATE").split("\n")).toEqual([
        "a.deb        1 B  DATE  has a checksum  here",
        "b.tar.bz2    1 B  DATE  has a checksum  there",
        "c c.tar.bz2  1 B  DATE  has a checksum  there",
        "",
      ])
      appendFileSync(join(custom, "b.tar.bz2"), "x")
      const verified = yield* packages("verify", "--all", "--format", "json")
      expect(verified.code).toBe(1)
      expect(JSON.parse(verified.stdout)).toMatchObject([
        { repository: "here", name: "a.deb", state: "right" },
        { repository: "there", name: "b.tar.bz2", state: "wrong" },
        { repository: "there", name: "c c.tar.bz2", state: "right" },
      ])
      expect(yield* packages("verify", "c c.tar.bz2")).toMatchObject({ code: 0 })
      expect(yield* packages("verify", "nothing")).toMatchObject({
        code: 1,
        stdout: "nothing  is missing\n",
      })
      const removed = yield* packages("remove", "--repository", "there", "--all")
      expect(removed).toMatchObject({ code: 0, stderr: "" })
      expect(readdirSync(custom)).toEqual(["packages.checksum"])
    }),
  )

  it.live(
    "loses no checksum when several processes upload at once",
    () =>
      Effect.gen(function* () {
        const { packages, cwd, custom } = yield* setUp
        const names = ["p1", "p2", "p3", "p4"]
        for (const name of names) writeFileSync(join(cwd, name), name)
        const uploads = names.map((name) =>
          packages("upload", "--custom", name, "--keep-free", "1"),
        )
        const ended = yield* Effect.all(uploads, { concurrency: "unbounded" })
        expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0])
        expect(readdirSync(custom)).toEqual([...names, "packages.checksum"])
        const { stdout } = yield* packages("verify", "--custom", "--all", "--format", "json")
        expect(JSON.parse(stdout)).toMatchObject(names.map((name) => ({ name, state: "right" })))
      }),
    60_000,
  )

  it.live("tells every file's error, uploads the others, and says so by its exit code", () =>
    Effect.gen(function* () {
      const { packages, builtin } = yield* setUp
      const ended = yield* packages("upload", "nothing", "a.deb", "tree", "--keep-free", "1")
      expect(ended.code).toBe(2)
      expect(ended.stdout).toBe("a.deb  1 B  uploaded  here\n")
      expect(ended.stderr).toMatch(/^error: nothing cannot be uploaded: .*no such file/)
      expect(ended.stderr).toMatch(/\nerror: tree cannot be uploaded: it is not a file/)
      expect(readdirSync(builtin)).toEqual(["a.deb", "packages.checksum"])
    }),
  )

  it.live("says which repository fails, and shows the others", () =>
    Effect.gen(function* () {
      const { packages, builtin, server } = yield* setUp
      writeFileSync(join(builtin, "packages.checksum"), `${md5("x")} gone`)
      yield* server.end
      const ended = yield* packages("list")
      expect(ended.code).toBe(3)
      expect(ended.stdout).toBe("gone  is missing  here\n")
      expect(ended.stderr).toMatch(/the file server at ssh \S+ cannot be opened: nothing listens/)
    }),
  )

  it.live("removes custom packages that nobody has used for long", () =>
    Effect.gen(function* () {
      const { packages, custom } = yield* setUp
      const before = Date.now() / 1000 - 41 * 86_400
      for (const name of ["old", "read", "new"]) writeFileSync(join(custom, name), name)
      utimesSync(join(custom, "old"), before, before)
      utimesSync(join(custom, "read"), Date.now() / 1000, before)
      const removed = yield* packages("remove", "--custom", "--unused", "40")
      expect(removed).toMatchObject({ code: 0, stdout: "old  removed  there\n" })
      const refused = yield* packages("remove", "--unused", "40")
      expect(refused).toMatchObject({ code: 2 })
      expect(refused.stderr).toContain("give --custom")
    }),
  )

  it.each([
    [["upload"], "expected files to upload"],
    [["remove"], "expected what to remove: names of packages, or --all, or --unused"],
    [["verify", "a", "--all"], "expected what to verify: names of packages, or --all"],
    [["list", "a"], "list shows all packages"],
    [["list", "--unused", "4"], "--unused belongs to remove, not to list"],
    [["list", "--repository", "her"], 'no repository "her"; did you mean "here"?'],
    [["list", "--custom"], `the lab file names no "repositories" whose "kind" is "custom"`],
    [["upload", "--repository", "web", "lab.json"], "to upload to"],
    [["upload", "--all", "nothing"], "nothing cannot be read"],
  ])("refuses %j", async (args, message) => {
    const repositories = [
      { name: "here", fetch: "." },
      { name: "web", fetch: "http://host/p" },
    ]
    const cwd = directoryWith({ "lab.json": { repositories, devices: {} } })
    const { code, stderr } = await dispatch(["packages", ...args], { cwd })
    expect(stderr).toContain(message)
    expect(code).toBe(2)
  })

  it("leaves nothing behind when it is canceled", async () => {
    const cwd = directoryWith({ "lab.json": { repositories: ["srv"], devices: {} } })
    mkdirSync(join(cwd, "srv"))
    writeFileSync(join(cwd, "large"), Buffer.alloc(400_000_000))
    const { child, ended } = startDispatch(["packages", "upload", "large"], { cwd })
    while (readdirSync(join(cwd, "srv")).length === 0) await sleep(5)
    child.kill("SIGINT")
    expect(await ended).toMatchObject({ code: 130 })
    expect(readdirSync(join(cwd, "srv"))).toEqual([])
  })
})
