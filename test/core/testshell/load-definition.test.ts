import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { execa } from "execa"
import { beforeAll, describe, expect, it } from "vitest"
import { TestDefinitionRef } from "../../../src/core/testshell/definition.ts"
import { loadDefinition } from "../../../src/core/testshell/load-definition.ts"
import { useDirectory } from "./device.ts"

const directory = useDirectory()
const definitionText = "metadata: {name: smoke}\nrun: {steps: [./test.sh]}\n"
let count = 0

const load = (given: Record<string, unknown>, gitTimeoutSeconds = 20) =>
  loadDefinition(TestDefinitionRef.parse({ name: "smoke", path: "tests/smoke.yaml", ...given }), {
    directory: join(directory.path, `loaded-${count++}`),
    fetch: ({ url }) => Effect.succeed({ path: url.replace("file://", "") }),
    gitTimeoutSeconds,
  })
const loaded = (given: Record<string, unknown>) => Effect.runPromise(load(given))
const failure = (given: Record<string, unknown>, gitTimeoutSeconds?: number) =>
  Effect.runPromise(Effect.flip(load(given, gitTimeoutSeconds)))

/** git without the settings of whoever runs the tests. */
const git = async (cwd: string, ...args: ReadonlyArray<string>): Promise<string> => {
  const { stdout } = await execa("git", args, {
    cwd,
    env: {
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_AUTHOR_NAME: "a",
      GIT_AUTHOR_EMAIL: "a@example.com",
      GIT_COMMITTER_NAME: "a",
      GIT_COMMITTER_EMAIL: "a@example.com",
    },
  })
  return stdout
}

describe("from git", () => {
  let url = ""
  let first = ""
  let second = ""
  beforeAll(async () => {
    const repository = join(directory.path, "repository")
    await mkdir(join(repository, "tests"), { recursive: true })
    await git(repository, "init", "-q", "-b", "main")
    await writeFile(join(repository, "tests/smoke.yaml"), definitionText)
    await writeFile(join(repository, "test.sh"), "#!/bin/sh\n", { mode: 0o755 })
    await symlink("/etc/passwd", join(repository, "tests/outside.yaml"))
    await git(repository, "add", ".")
    await git(repository, "commit", "-q", "-m", "first")
    first = await git(repository, "rev-parse", "HEAD")
    await git(repository, "checkout", "-q", "-b", "side")
    await writeFile(join(repository, "side"), "")
    await writeFile(join(repository, "tests/wrong.yaml"), "run: 1\n")
    await git(repository, "add", ".")
    await git(repository, "commit", "-q", "-m", "second")
    second = await git(repository, "rev-parse", "HEAD")
    await git(repository, "checkout", "-q", "main")
    url = `file://${repository}`
  })

  it("has the whole repository, without history", async () => {
    const { directory, definition, commit, text } = await loaded({ from: "git", repository: url })
    expect(definition.run?.steps).toEqual(["./test.sh"])
    expect(commit).toBe(first)
    expect(text).toBe(definitionText)
    expect((await stat(join(directory, "test.sh"))).mode & 0o111).not.toBe(0)
    expect(await git(directory, "rev-list", "--count", "HEAD")).toBe("1")
  })

  it("is at the branch or the commit that is asked for", async () => {
    expect((await loaded({ from: "git", repository: url, branch: "side" })).commit).toBe(second)
    const old = await loaded({ from: "git", repository: url, branch: "side", revision: first })
    expect(old.commit).toBe(first)
    const full = await loaded({ from: "git", repository: url, branch: "side", shallow: false })
    expect(await git(full.directory, "rev-list", "--count", "HEAD")).toBe("2")
    const bare = await loaded({ from: "git", repository: url, history: false })
    await expect(stat(join(bare.directory, ".git"))).rejects.toThrow("ENOENT")
  })

  it("brings the repositories that the definition names", async () => {
    const repository = (repos: unknown) => ({
      from: "inline",
      repository: {
        metadata: { name: "x" },
        params: { URL: url },
        install: { "git-repos": repos },
      },
      parameters: { BRANCH: "side" },
    })
    const { directory } = await loaded(
      repository([url, { url: "URL", branch: "BRANCH", destination: "other" }]),
    )
    expect(await readFile(join(directory, "repository/tests/smoke.yaml"), "utf8")).toBe(
      definitionText,
    )
    expect((await stat(join(directory, "other/side"))).isFile()).toBe(true)
    expect(await failure(repository([{ url, destination: "../x" }]))).toMatchObject({
      _tag: "JobError",
    })
    expect(await failure(repository([url, url]))).toMatchObject({
      _tag: "JobError",
      message: "install.git-repos: repository exists in the test's repository already",
    })
  })

  it("says what is not there", async () => {
    expect(await failure({ from: "git", repository: url, branch: "nope" })).toMatchObject({
      _tag: "JobError",
      message: `${url} has no branch nope`,
    })
    expect(await failure({ from: "git", repository: url, revision: "0123abcd" })).toMatchObject({
      _tag: "JobError",
      message: expect.stringContaining(`${url} has no revision 0123abcd`),
    })
    expect(await failure({ from: "git", repository: url, path: "tests/none.yaml" })).toMatchObject({
      _tag: "JobError",
      message: `there is no file tests/none.yaml in ${url} at ${first.slice(0, 12)}`,
    })
    expect(
      await failure({ from: "git", repository: url, path: "tests/outside.yaml" }),
    ).toMatchObject({ _tag: "JobError" })
    expect(await failure({ from: "git", repository: url, path: "tests" })).toMatchObject({
      _tag: "JobError",
    })
    const wrong = { from: "git", repository: url, branch: "side", path: "tests/wrong.yaml" }
    expect(await failure(wrong)).toMatchObject({
      _tag: "JobError",
      message: expect.stringContaining("tests/wrong.yaml:1:"),
    })
  })

  it("says when the repository cannot be reached, without the password", async () => {
    const error = await failure({ from: "git", repository: "http://me:secret@127.0.0.1:1/x.git" })
    expect(error).toMatchObject({ _tag: "InfrastructureError" })
    expect(error.message).toContain("cannot clone http://127.0.0.1:1/x.git: ")
    expect(error.message).not.toContain("secret")
    expect(await failure({ from: "git", repository: `${url}-none` })).toMatchObject({
      _tag: "InfrastructureError",
    })
  })

  it("gives up a server that says nothing", async () => {
    const server = createServer(() => undefined)
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const address = server.address()
    const port = typeof address === "object" ? address?.port : 0
    const error = await failure({ from: "git", repository: `git://127.0.0.1:${port}/x` }, 0.5)
    server.close()
    expect(error).toMatchObject({
      _tag: "InfrastructureError",
      message: expect.stringContaining("git was not done within 0.5 s"),
    })
  })
})

describe("from an archive", () => {
  it.each([[[]], [["-z"]]])("is unpacked, tar %j", async (options) => {
    const place = join(directory.path, `archive-${count++}`)
    await mkdir(join(place, "tests"), { recursive: true })
    await writeFile(join(place, "tests/smoke.yaml"), definitionText)
    await writeFile(join(place, "test.sh"), "#!/bin/sh\n", { mode: 0o755 })
    await symlink("../test.sh", join(place, "tests/link"))
    await execa("ln", [join(place, "test.sh"), join(place, "hard")])
    await execa("tar", ["-c", ...options, "-f", `${place}.tar`, "-C", place, "."])
    const { directory: into, definition } = await loaded({
      from: "url",
      repository: `file://${place}.tar`,
    })
    expect(definition.metadata.name).toBe("smoke")
    expect((await stat(join(into, "tests/link"))).mode & 0o777).toBe(0o755)
    expect((await stat(join(into, "hard"))).ino).toBe((await stat(join(into, "test.sh"))).ino)
  })

  it("is refused where it is none", async () => {
    const file = join(directory.path, "no.tar")
    await writeFile(file, "this is not an archive".repeat(100))
    expect(await failure({ from: "url", repository: `file://${file}` })).toMatchObject({
      _tag: "JobError",
      message: expect.stringContaining(`file://${file} is not a usable tar archive`),
    })
  })

  it("may be the definition itself, by its own URL", async () => {
    const file = join(directory.path, "alone.yaml")
    await writeFile(file, definitionText)
    const alone = await loaded({ from: "url", repository: `file://${file}`, path: "alone.yaml" })
    expect(alone.definition.metadata.name).toBe("smoke")
    expect(await readFile(join(alone.directory, "alone.yaml"), "utf8")).toBe(definitionText)
  })
})

describe("from a directory of this machine", () => {
  it("takes all that is there, where git knows nothing of it", async () => {
    const repository = join(directory.path, "plain")
    await mkdir(join(repository, "tests"), { recursive: true })
    await writeFile(join(repository, "tests/smoke.yaml"), definitionText)
    await writeFile(join(repository, "test.sh"), "#!/bin/sh\n", { mode: 0o755 })
    const { directory: copy, definition } = await loaded({ from: "directory", repository })
    expect(definition.metadata.name).toBe("smoke")
    expect((await stat(join(copy, "test.sh"))).mode & 0o777).toBe(0o755)
  })

  it("leaves behind what git ignores, and its history", async () => {
    const repository = join(directory.path, "tree")
    await mkdir(join(repository, "tests"), { recursive: true })
    await git(repository, "init", "-q", "-b", "main")
    await writeFile(join(repository, "tests/smoke.yaml"), definitionText)
    await writeFile(join(repository, ".gitignore"), "built\n")
    await writeFile(join(repository, "built"), "")
    await writeFile(join(repository, "new"), "")
    const { directory: copy } = await loaded({ from: "directory", repository })
    expect((await readdir(copy)).toSorted()).toEqual([".gitignore", "new", "tests"])
  })

  it("is missing where it is missing", async () => {
    const error = await failure({ from: "directory", repository: "/nowhere" })
    expect(error).toMatchObject({ _tag: "JobError", message: "there is no directory /nowhere" })
  })
})
