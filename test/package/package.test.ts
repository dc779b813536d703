import { spawn } from "node:child_process"
import { once } from "node:events"
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { createInterface } from "node:readline"
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest"
import { deviceEntry, startBoard } from "../../src/testing.ts"
import { readyMade } from "../board/boards.ts"
import { follow } from "./guide.ts"
import { env, installedProject, type Project, root } from "./install.ts"

let project: Project
beforeAll(async () => {
  project = await installedProject()
  for (const name of ["consumer.ts", "greeter.ts"]) {
    copyFileSync(join(import.meta.dirname, name), inProject(name))
  }
}, 120_000)
afterAll(() => project?.remove(), 60_000)

const inProject = (...names: ReadonlyArray<string>) => join(project.directory, ...names)
const inPackage = (...names: ReadonlyArray<string>) =>
  inProject("node_modules/lab-dispatch", ...names)

const write = (name: string, content: object) => {
  mkdirSync(dirname(inProject(name)), { recursive: true })
  writeFileSync(inProject(name), JSON.stringify(content, null, 2))
}

/** The strictest that a user may have, without a look away from the package's declarations. */
const strict = {
  target: "es2024",
  // Effect's declarations name types of the web's cryptography.
  lib: ["es2024", "esnext.disposable", "dom"],
  module: "nodenext",
  types: ["node"],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  allowImportingTsExtensions: true,
  noEmit: true,
}

const job = {
  job_name: "smoke",
  device_type: "generic",
  visibility: "public",
  timeouts: { job: { minutes: 2 }, action: { minutes: 1 } },
  actions: [
    {
      boot: {
        method: "minimal",
        prompts: ["root@board:~# "],
        auto_login: {
          login_prompt: "login: ",
          username: "root",
          password_prompt: "Password: ",
          password: "lab-dispatch",
        },
      },
    },
    {
      test: {
        definitions: [
          {
            from: "inline",
            name: "smoke",
            path: "inline/smoke.yaml",
            repository: {
              metadata: { format: "Lava-Test Test Definition 1.0", name: "smoke" },
              run: { steps: ["lava-test-case uname --shell uname -a"] },
            },
          },
        ],
      },
    },
  ],
}

describe("the package, installed into an empty project", () => {
  it("has all that it needs at run time and nothing of the tests", async () => {
    const { stdout } = await project.run("tar", "-tvzf", project.tarball)
    const lines = stdout.split("\n")
    expect(lines.find((line) => line.endsWith("/dist/cli.js"))).toMatch(/^-rwxr-xr-x/)
    const names = lines.map((line) => line.replace(/.* package\//, ""))
    expect(names).toEqual(
      expect.arrayContaining([
        "LICENSE",
        "README.md",
        "device-scripts/lava-test-runner",
        "sut/lab-dispatch-client",
        "device-types/highbank.json",
        "schemas/job.schema.json",
        "templates/plugin/gitignore",
        "dist/index.d.ts",
        "src/index.ts",
      ]),
    )
    const allowed = /^(dist|src|device-scripts|device-types|schemas|sut|templates)\/|^[^/]+$/
    const isTest = (name: string) => name.includes(".test.") && !name.startsWith("templates/")
    expect(names.filter((name) => !allowed.test(name) || isTest(name))).toEqual([])
  })

  it("has source maps that lead to the sources", () => {
    for (const name of ["index.js", "index.d.ts", "core/console/console.js"]) {
      const map = inPackage("dist", `${name}.map`)
      const { sources } = JSON.parse(readFileSync(map, "utf8")) as { sources: Array<string> }
      expect(sources.map((source) => existsSync(resolve(dirname(map), source)))).toEqual([true])
    }
  })

  it("type-checks strictly where it is used", async () => {
    cpSync(join(root, "examples"), inProject("examples"), { recursive: true })
    write("tsconfig.json", { compilerOptions: strict, include: ["*.ts", "examples"] })
    expect(await project.run("tsc")).toMatchObject({ exitCode: 0, stdout: "" })
  }, 60_000)

  it("runs a program that uses it, its Effect form and its testing board", async () => {
    const { stdout, exitCode } = await project.run(
      "node",
      "consumer.ts",
      readyMade("instant-runner"),
    )
    expect(stdout).toMatch(/^\{/)
    expect(JSON.parse(stdout)).toEqual({
      status: "complete",
      again: "complete",
      code: 0,
      begun: true,
      powered: false,
    })
    expect(exitCode).toBe(0)
  })

  it("brings the command, which finds the device types", async () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      version: string
    }
    expect(await project.run("npx", "dispatch", "--version")).toMatchObject({
      exitCode: 0,
      stdout: version,
    })
    write("good.json", job)
    write("bad.json", { ...job, device_tipe: "generic" })
    const device = {
      device_type: "generic",
      console: { tcp: { host: "127.0.0.1", port: 1 } },
      power: { on: "true", off: "true" },
    }
    write("lab.json", { devices: { "board-01": device } })
    const good = await project.run("npx", "dispatch", "validate", "--lab", "lab.json", "good.json")
    expect(good).toMatchObject({ exitCode: 0 })
    const bad = await project.run("npx", "dispatch", "validate", "bad.json", "lab.json")
    expect(bad).toMatchObject({ exitCode: 2 })
    expect(bad.stdout).toMatch(/^bad\.json:\d+:\d+ .*device_tipe/)
  })

  it("runs a plugin of the project, on a device type of the project", async () => {
    const board = await startBoard(readyMade("login-shell"), { listen: { tcp: 0 }, control: 0 })
    onTestFinished(() => board.close())
    write("device-types/greeted.json", { plugin: "greeter", parameters: { greeting: "hello" } })
    write("lab.json", {
      plugins: ["./greeter.ts"],
      devices: { "board-01": { device_type: "greeted", ...deviceEntry(board) } },
    })
    write("job.json", { ...job, device_type: "greeted" })
    const { exitCode, stdout } = await project.run(
      "npx",
      "dispatch",
      "job.json",
      "--format",
      "json",
    )
    expect(stdout).toContain("hello, board-01")
    expect(exitCode).toBe(0)
  })

  it("runs jobs in a service, tests on the device included, until SIGTERM", async () => {
    const board = await startBoard(readyMade("login-shell"), { listen: { tcp: 0 }, control: 0 })
    onTestFinished(() => board.close())
    write("lab.json", {
      devices: { "board-01": { device_type: "generic", ...deviceEntry(board) } },
    })
    cpSync(join(root, "examples/node-service"), inProject("service"), { recursive: true })
    const service = spawn("node", ["service/main.ts", "--port", "0"], {
      cwd: project.directory,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    })
    onTestFinished(() => void service.kill("SIGKILL"))
    const ended = once(service, "exit")
    const [line] = (await once(createInterface(service.stdout), "line")) as [string]
    const { url } = JSON.parse(line) as { url: string }

    const post = async () => {
      const response = await fetch(url, { method: "POST", body: JSON.stringify(job) })
      return (await response.json()) as { id: string; status: string }
    }
    const { id } = await post()
    const events = await (await fetch(`${url}/${id}/events`)).text()
    expect(events).toMatch(/^event: job-started\n[^]*\nevent: job-ended\n.*"complete".*\n\n$/)
    const told = await (await fetch(`${url}/${id}`)).json()
    expect(told).toMatchObject({ status: "complete" })
    expect(told).toHaveProperty(
      "cases",
      expect.arrayContaining([expect.objectContaining({ case: "uname", result: "pass" })]),
    )

    expect(await post()).toMatchObject({ status: "running" })
    await vi.waitFor(() => expect(board.powered).toBe(true), 10_000)
    service.kill("SIGTERM")
    expect(await ended).toEqual([0, null])
    expect(board.powered).toBe(false)
  })

  it("leads to a plugin that passes, by docs/writing-a-device.md to the letter", async () => {
    const guide = readFileSync(join(root, "docs/writing-a-device.md"), "utf8")
    const said = await follow(guide, project)
    expect(said).toContain("start-boot")
    expect(said).toMatch(/✔ smoke\.json: ends and gives everything back when it is canceled/)
    expect(said).toMatch(/✔ flash\.json: ends in time and switches off/)
    expect(said).toMatch(/acme-board-0\.1\.0\.tgz/)
    expect(said).not.toContain("✖")
  }, 300_000)
})
