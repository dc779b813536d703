import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { boardLab, job, silent } from "./board-lab.ts"
import { cli, directoryWith, dispatch, start, startDispatch } from "./command.ts"

const files = [
  "description.yaml",
  "junit.xml",
  "logs.yaml",
  "results.json",
  "results.jsonl",
  "results.tap",
  "results.yaml",
  "uart0.input",
  "uart0.log",
  "uart0.timing",
]

describe("dispatch JOB", () => {
  it("runs a job, prints what happens, writes the files and switches the device off", async () => {
    const { directory: cwd, board, switched } = await boardLab({ files: { "job.json": job } })
    const { code, stdout, stderr } = await dispatch(["job.json", "-o", "out"], { cwd })
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(stdout).toMatch(/case-10 +pass/)
    expect(stdout).toMatch(/Complete in .* s\n {2}\d+ passed/)
    expect(readdirSync(join(cwd, "out")).toSorted()).toEqual(files)
    expect(readFileSync(join(cwd, "out/uart0.log"), "utf8")).toContain("board login: root")
    expect(switched()).toEqual(["off", "on", "off"])
    expect(board.powered).toBe(false)
  })

  it("exits with 1 where a test fails, with the word run as well as without", async () => {
    const script = {
      name: "fails a test",
      on_power: [{ state: "shell" }],
      states: {
        shell: {
          prompt: "# ",
          shell: true as const,
        },
      },
    }
    const failing = {
      ...job,
      actions: [
        { boot: { method: "minimal", prompts: ["# $"] } },
        {
          test: {
            definitions: [
              {
                from: "inline",
                name: "fails",
                path: "inline/fails.yaml",
                repository: {
                  metadata: { format: "Lava-Test Test Definition 1.0", name: "fails" },
                  run: { steps: ["lava-test-case always --result fail"] },
                },
              },
            ],
          },
        },
      ],
    }
    const { directory: cwd } = await boardLab({ script, files: { "job.json": failing } })
    const { code, stdout } = await dispatch(["run", "job.json"], { cwd })
    expect(stdout).toMatch(/always +fail/)
    expect(code).toBe(1)
  })

  it("prints LAVA's log, or an event a line", async () => {
    const { directory: cwd } = await boardLab({ files: { "job.json": job } })
    const lava = await dispatch(["job.json", "--format", "lava"], { cwd })
    expect(lava.code).toBe(0)
    for (const line of lava.stdout.trimEnd().split("\n")) {
      expect(line).toMatch(/^- \{"dt": "\d{4}-.*", "lvl": "\w+", "msg": /)
    }
    const json = await dispatch(["job.json", "--format", "json"], { cwd })
    expect(json.code).toBe(0)
    const events = json.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string })
    expect(events[0]).toMatchObject({ type: "job-started", device: "board-01" })
    expect(events.at(-1)).toMatchObject({ type: "job-ended", status: "complete" })
  })

  it("exits with 3 where the lab fails, and still writes the files", async () => {
    const power = { off: ["false"], attempts: 1 }
    const { directory: cwd } = await boardLab({ power, files: { "job.json": job } })
    const { code, stdout } = await dispatch(["job.json", "-o", "out"], { cwd })
    expect(code).toBe(3)
    expect(stdout).toMatch(/InfrastructureError in reset-device/)
    expect(stdout).toMatch(/the command "false" failed with exit status 1/)
    const results = JSON.parse(readFileSync(join(cwd, "out/results.json"), "utf8")) as Array<object>
    expect(results).toContainEqual(expect.objectContaining({ case: "job", result: "fail" }))
  })

  it("exits with 2 where the job is wrong: its mistakes for people, its end for programs and files", async () => {
    const cwd = directoryWith({ "job.json": '{"job_name": "x",\n "actions": 1}' })
    const pretty = await dispatch(["job.json", "-o", "out"], { cwd })
    expect(pretty).toMatchObject({ code: 2, stdout: "" })
    expect(pretty.stderr).toContain("job.json:2:13 actions: expected a list, found 1")
    expect(readFileSync(join(cwd, "out/logs.yaml"), "utf8")).toContain("job.json:2:13 actions")
    expect(readFileSync(join(cwd, "out/results.json"), "utf8")).toContain('"Configuration"')
    expect(readFileSync(join(cwd, "out/junit.xml"), "utf8")).toContain("ConfigurationError")
    const json = await dispatch(["job.json", "--format", "json"], { cwd })
    expect(json.code).toBe(2)
    expect(JSON.parse(json.stdout)).toMatchObject({
      type: "job-ended",
      error: { class: "ConfigurationError" },
    })
  })

  it("exits with 3 where the output directory cannot be written, before anything is switched", async () => {
    const { directory: cwd, switched } = await boardLab({ files: { "job.json": job, taken: "" } })
    const { code, stderr } = await dispatch(["job.json", "-o", "taken/out"], { cwd })
    expect(code).toBe(3)
    expect(stderr).toMatch(/^error: the output directory .* cannot be written: /)
    expect(switched()).toEqual([])
  })

  it("says who has a device that is in use", async () => {
    const { directory: cwd, board } = await boardLab({ script: silent, files: { "job.json": job } })
    const first = startDispatch(["job.json", "--format", "json"], { cwd })
    await first.sees('"name":"auto-login-action"')
    const second = await dispatch(["job.json"], { cwd })
    expect(second.code).toBe(3)
    expect(second.stdout).toContain(
      `board-01 is in use by the job "ten instant tests", process ${first.child.pid}: wait for it`,
    )
    expect(board.powered).toBe(true)
  })

  it("shows no secret anywhere, not even in recordings", async () => {
    const script = {
      name: "tells a secret",
      on_power: [
        { print: "the key is hunter2000, https://lab/?key=hunter2000\n" },
        { print: "the key is hun" },
        { wait: 0.3 },
        { print: "ter2000\n" },
        { state: "login" },
      ],
      states: {
        login: { prompt: "login: ", commands: [{ match: "^root$", do: [{ state: "password" }] }] },
        password: {
          prompt: "Password: ",
          commands: [{ match: "", do: [{ print: "you typed {line}\n" }, { state: "login" }] }],
        },
      },
    }
    const boot = {
      method: "minimal",
      prompts: ["# "],
      auto_login: {
        login_prompt: "login:",
        username: "root",
        password_prompt: "Password:",
        password: "letmein99",
      },
      timeout: { seconds: 2 },
    }
    const secret = { ...job, secrets: { KEY: "hunter2000" }, actions: [{ boot }] }
    const { directory: cwd } = await boardLab({ script, files: { "job.json": secret } })
    const { code, stdout, stderr } = await dispatch(["job.json", "-o", "out"], { cwd })
    expect(code).toBe(1)
    const texts = readdirSync(join(cwd, "out")).map((name) =>
      readFileSync(join(cwd, "out", name), "latin1"),
    )
    for (const text of [stdout, stderr, ...texts]) expect(text).not.toMatch(/hunter2000|letmein99/)
    const recording = readFileSync(join(cwd, "out/uart0.log"), "latin1")
    expect(recording).toContain("the key is [MASKED], https://lab/?key=[MASKED]\r\n")
    expect(recording).toContain("the key is [MASKED]\r\n")
    expect(recording).toContain("you typed [MASKED]")
  })

  it("finishes the job where the reader of its output goes away", async () => {
    const { directory: cwd, board } = await boardLab({ files: { "job.json": job } })
    const command = `"$0" "$1" job.json -o out --format json | head -n 1; exit \${PIPESTATUS[0]}`
    const { child, ended } = start("bash", ["-c", command, process.execPath, cli], { cwd })
    child.stdin?.end()
    const { code, stdout, stderr } = await ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(stdout.split("\n")).toHaveLength(2)
    expect(readdirSync(join(cwd, "out")).toSorted()).toEqual(files)
    expect(board.powered).toBe(false)
  })
})
