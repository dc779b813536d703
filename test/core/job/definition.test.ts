import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as z from "zod"
import { type JobSource, readJob } from "../../../src/core/job/definition.ts"
import { builtInMethods } from "../../../src/core/job/v2/methods.ts"
import { goodJob } from "./good-job.ts"

const read = async (source: JobSource) => (await Effect.runPromise(readJob(source))).definition

/** Problems of the good job after a change, without the file's name. */
const problemsOf = async (source: JobSource): Promise<ReadonlyArray<string>> => {
  const result = await Effect.runPromise(Effect.result(readJob(source)))
  return Result.isSuccess(result) ? [] : result.failure.message.split("\n")
}

const quoted = (table: object) =>
  Object.keys(table)
    .map((name) => `"${name}"`)
    .join(" | ")

/** The built-in methods as messages list them. */
const known = { deploy: quoted(builtInMethods.deploy), boot: quoted(builtInMethods.boot) }

const minimalJob = {
  job_name: "smallest",
  device_type: "qemu",
  visibility: "public",
  timeouts: { job: { minutes: 5 } },
  actions: [{ command: { name: "power_on" } }] as Array<unknown>,
}

const changed = (change: object): JobSource => ({ value: { ...minimalJob, ...change } })
const withActions = (...actions: Array<unknown>): JobSource => changed({ actions })

describe("a good job", () => {
  it("is made regular", async () => {
    const job = await read({ value: goodJob })
    expect(job.priority).toBe(100)
    expect(job.timeouts.job).toEqual({ seconds: 3600, skip: false })
    expect(job.timeouts.actions?.["master-deploy"]).toEqual({ seconds: 3000, skip: false })
    expect(job.secrets).toEqual({ API_KEY: "s3cret", PIN: "1234" })
    expect(job.environment).toEqual({ LANG: "C", DEBUG: "true" })
    const [deploy, boot] = job.actions
    expect(deploy).toMatchObject({
      deploy: { to: "master", timeout: { seconds: 2700, skip: true } },
    })
    expect(boot).toMatchObject({ boot: { prompts: ["root@target:~#"], soft_reboot: ["reboot"] } })
  })

  it("is the same from JSON, from YAML and from a file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "job-"))
    try {
      const path = join(folder, "job.json")
      const text = JSON.stringify(goodJob, null, "\t")
      await writeFile(path, text)
      const fromValue = await read({ value: goodJob })
      expect(await read(path)).toEqual(fromValue)
      expect(await read({ text, name: "job.json" })).toEqual(fromValue)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it("may use anchors, aliases and merge keys", async () => {
    const text = `
job_name: yaml
device_type: highbank
visibility: public
timeouts:
  job: {minutes: 20}
actions:
- boot: &boot
    method: minimal
    prompts: ["# "]
- boot:
    <<: *boot
    reset: no
`
    const { actions } = await read({ text, name: "job.yaml" })
    expect(actions).toEqual([
      { boot: { method: "minimal", prompts: ["# "], reset: true } },
      { boot: { method: "minimal", prompts: ["# "], reset: false } },
    ])
  })

  it("names its methods for the type checker", async () => {
    const job = await read({ value: goodJob })
    const [action] = job.actions
    if (action === undefined || !("deploy" in action) || action.deploy.to !== "master") {
      throw new Error("expected a deploy by a master image")
    }
    const url: string = action.deploy.rootfs.url
    expect(url).toContain("rootfs.tar.xz")
  })
})

describe("mistakes", () => {
  it("are all reported at once, in the order of the text", async () => {
    const text = `{
  "job_name": "",
  "device_typ": "highbank",
  "visibility": "publik",
  "timeouts": { "job": { "minutes": 10 }, "action": { "minute": 5 } },
  "actions": [
    {
      "deploy": {
        "to": "master",
        "rootfs": { "ur": "x" },
        "root": "sda1",
        "timeout": { "minutes": 11 }
      }
    },
    { "boot": { "method": "pex" } },
    { "depoly": {} }
  ]
}`
    expect(await problemsOf({ text, name: "job.json" })).toEqual([
      "job.json:1:1: names no device: give device_type or device",
      'job.json:2:15 job_name: expected a string that is not empty, found ""',
      'job.json:3:3 device_typ: unknown key (did you mean "device_type"?)',
      'job.json:4:17 visibility: expected "public" | "personal" or a mapping, found "publik" (did you mean "public"?)',
      'job.json:5:55 timeouts.action.minute: unknown key (did you mean "minutes"?)',
      "job.json:10:19 actions[0].deploy.rootfs.url: missing; expected a string",
      'job.json:10:21 actions[0].deploy.rootfs.ur: unknown key (did you mean "url"?)',
      'job.json:11:17 actions[0].deploy.root: expected "uuid" or a device such as "/dev/sda2", found "sda1"',
      "job.json:12:20 actions[0].deploy.timeout: 660 s is longer than the job's 600 s",
      `job.json:15:27 actions[1].boot.method: expected ${known.boot}, found "pex" (did you mean "pxe"?)`,
      'job.json:16:7 actions[2].depoly: unknown key (did you mean "deploy"?)',
    ])
  })

  it("of a value have paths only", async () => {
    expect(await problemsOf(changed({ job_name: 1 }))).toEqual([
      "job job_name: expected a string, found 1",
    ])
  })

  it.each<[string, JobSource, ReadonlyArray<string>]>([
    ["no mapping", { value: [] }, ["job: expected a mapping, found an empty list"]],
    [
      "no device",
      changed({ device_type: undefined }),
      ["job: names no device: give device_type or device"],
    ],
    [
      "no actions",
      withActions(),
      ["job actions: expected a list that is not empty, found an empty list"],
    ],
    [
      "an action that is nothing",
      withActions({}),
      ["job actions[0]: says nothing to do: give deploy, boot, test, command or transfer"],
    ],
    [
      "an action that is two",
      withActions({ command: { name: "a" }, boot: { method: "minimal" } }),
      ["job actions[0]: one action cannot be boot and command at once"],
    ],
    [
      "an unknown method",
      withActions({ deploy: { to: "lxc" } }),
      [`job actions[0].deploy.to: expected ${known.deploy}, found "lxc"`],
    ],
    [
      "no method",
      withActions({ boot: { prompts: ["#"] } }),
      [`job actions[0].boot.method: missing; expected ${known.boot}`],
    ],
    [
      "a namespace for some",
      withActions({ command: { name: "a", namespace: "x" } }, { command: { name: "a" } }),
      ["job actions[1].command: has no namespace, but other actions do: give it to all or to none"],
    ],
    [
      "the reserved namespace",
      withActions({ command: { name: "a", namespace: "common" } }),
      [
        'job actions[0].command.namespace: expected another name than "common" and "docker-test-shell", which the dispatcher uses itself, found "common"',
      ],
    ],
    [
      "a login that nobody sees",
      withActions({
        boot: { method: "pxe", auto_login: { login_prompt: ":", username: "root", password: "x" } },
      }),
      [
        "job actions[0].boot.auto_login: has a password but no password_prompt: when should it be typed?",
        "job actions[0].boot: has auto_login but no prompts: what does the shell print after the login?",
      ],
    ],
    [
      "limits longer than the job's",
      changed({
        timeouts: {
          job: { seconds: 9 },
          action: { seconds: 10 },
          connections: { "a b": { hours: 1 } },
        },
        actions: [{ command: { name: "a", timeouts: { x: { seconds: 9 }, y: { seconds: 9.5 } } } }],
      }),
      [
        "job timeouts.action: 10 s is longer than the job's 9 s",
        'job timeouts.connections["a b"]: 3600 s is longer than the job\'s 9 s',
        "job actions[0].command.timeouts.y: 9.5 s is longer than the job's 9 s",
      ],
    ],
    [
      "a connection that nobody has opened",
      withActions(
        { command: { name: "a", namespace: "one" } },
        { command: { name: "a", namespace: "two", "connection-namespace": "won" } },
        { command: { name: "a", namespace: "three", "connection-namespace": "two" } },
      ),
      [
        'job actions[1].command.connection-namespace: no action before this one has the namespace "won"; there are one',
      ],
    ],
    [
      "a block that is to be retried and repeated",
      withActions(
        { command: { name: "a", failure_retry: 2, repeat: 2 } },
        { command: { name: "a", failure_retry_interval: 2 } },
      ),
      [
        "job actions[0].command.repeat: cannot be used together with failure_retry",
        "job actions[1].command.failure_retry_interval: warning: says nothing without failure_retry",
      ],
    ],
    [
      "a context that cannot be",
      changed({ context: { arch: { a: 1 }, lava_test_results_dir: "lava", own: 1.5 } }),
      [
        'job context.lava_test_results_dir: expected a path with %s for the id of the job, as "/run/lava-%s", found "lava"',
        "job context.arch: expected a text, a whole number, true, false or a list of such, found a mapping",
        "job context.own: expected a text, a whole number, true, false or a list of such, found 1.5",
      ],
    ],
    [
      "what other boot methods can do",
      withActions({
        boot: {
          method: "u-boot",
          commands: [],
          use_bootscript: true,
          prompt: "#",
          transfer_overlay: { download_command: "rz", unpack_command: "x", transfer_method: "nfs" },
        },
      }),
      [
        "job actions[0].boot.commands: expected commands, found an empty list",
        'job actions[0].boot.transfer_overlay.transfer_method: expected "http", found "nfs"',
        "job actions[0].boot.use_bootscript: boot scripts cannot be made: `method: pxe` boots what the last deploy published",
        'job actions[0].boot.prompt: unknown key (did you mean "prompts"?)',
      ],
    ],
    [
      "what is no regular expression",
      withActions({
        boot: {
          method: "pxe",
          prompts: ["root@board:~# ("],
          failure_message: "*",
          auto_login: { login_prompt: "[", username: "root" },
          parameters: { "kernel-start-message": "", "shutdown-message": "(?P<x>y" },
        },
      }),
      [
        'job actions[0].boot.prompts[0]: expected a regular expression (Unterminated group), found "root@board:~# ("',
        'job actions[0].boot.auto_login.login_prompt: expected a regular expression (Unterminated character class), found "["',
        'job actions[0].boot.failure_message: expected a regular expression (Nothing to repeat), found "*"',
        'job actions[0].boot.parameters.shutdown-message: expected a regular expression (Unterminated group), found "(?P<x>y"',
      ],
    ],
    [
      "tests of other kinds",
      withActions({ test: { monitors: {} } }, { test: { docker: {}, definitions: [] } }),
      [
        "job actions[0].test.monitors: expected a list, found a mapping",
        "job actions[1].test.definitions: expected a list that is not empty, found an empty list",
        "job actions[1].test.docker.image: missing; expected a string",
      ],
    ],
    [
      "keys of a server's jobs",
      changed({ notify: {}, worker: "x", reboot_to_fastboot: true, environment: { "A B": 1 } }),
      [
        'job environment["A B"]: the key expected the name of a shell variable, found "A B"',
        "job notify.criteria: missing; expected a mapping",
        "job worker: warning: the job runs on this machine",
        "job reboot_to_fastboot: warning: the device is switched off at the job's end",
      ],
    ],
    [
      "commands that are nothing",
      withActions({ boot: { method: "u-boot" } }),
      ["job actions[0].boot.commands: missing; expected a string or a list"],
    ],
  ])("%s", async (_, source, expected) => {
    expect(await problemsOf(source)).toEqual(expected)
  })
})

describe("what has no effect", () => {
  const warningsOf = async (source: JobSource) => {
    const { definition, warnings } = await Effect.runPromise(readJob(source))
    return { definition, told: warnings.map(({ path, message }) => `${path}: ${message}`) }
  }

  it("is told and left out", async () => {
    const { definition, told } = await warningsOf(
      changed({
        worker: "here",
        shape: "round",
        timeouts: { job: { minutes: 5, skip: true } },
        context: { own_variable: 1, boot_character_delay: "20" },
        actions: [{ command: { name: "a", role: ["server"], colour: "red" }, pause: 1 }],
      }),
    )
    expect(told).toEqual([
      "timeouts.job.skip: only the `timeout` of a deploy, boot, test or command can have `skip`",
      "worker: the job runs on this machine",
      expect.stringMatching(/^actions\[0\]\.command\.colour: unknown key; known here: name, /),
      "actions[0].pause: unknown key; known here: deploy, boot, test, command, transfer",
      expect.stringMatching(/^shape: unknown key; known here: \$schema, job_name, /),
      "actions[0].command.role: the job has no roles: give it `protocols` with lava-multinode, or leave this away",
    ])
    expect(definition).toEqual({
      ...minimalJob,
      timeouts: { job: { seconds: 300, skip: false } },
      context: { own_variable: 1, boot_character_delay: 20 },
      actions: [{ command: { name: "a" } }],
    })
  })

  it("is the first of a key that stands twice", async () => {
    const text = JSON.stringify(minimalJob).replace("{", '{"device_type": "x",')
    const { definition, told } = await warningsOf({ text, name: "job.json" })
    expect(definition.device_type).toBe("qemu")
    expect(told).toEqual(["device_type: the same key stands at 1:2 already; this one counts"])
  })
})

describe("methods of plugins", () => {
  const methods = {
    ...builtInMethods,
    boot: {
      ...builtInMethods.boot,
      usbflash: z.object({ partition: z.string(), wipe: z.boolean().default(false) }),
    },
    test: { ...builtInMethods.test, monitors: z.object({ monitors: z.array(z.string()).min(1) }) },
  }
  const run = (...actions: Array<unknown>) =>
    Effect.runPromise(Effect.result(readJob(withActions(...actions), { methods })))

  it("are accepted, with the keys that every block may have", async () => {
    const boot = { method: "usbflash", partition: "boot", timeout: { minutes: 1 } }
    const { definition } = Result.getOrThrow(await run({ boot }, { test: { monitors: ["x"] } }))
    expect(definition.actions).toEqual([
      { boot: { ...boot, wipe: false, timeout: { seconds: 60, skip: false } } },
      { test: { monitors: ["x"] } },
    ])
  })

  it("are checked by their own schema, and strictly", async () => {
    const result = await run(
      { boot: { method: "usbflash", partition: 1, wipes: true } },
      { boot: { method: "usbflsh" } },
      { test: { monitors: [], timeout: 3 } },
    )
    expect(
      Result.isFailure(result) &&
        result.failure.problems.map(({ path, message }) => `${path}: ${message}`),
    ).toEqual([
      "actions[0].boot.partition: expected a string, found 1",
      'actions[0].boot.wipes: unknown key (did you mean "wipe"?)',
      `actions[1].boot.method: expected ${known.boot} | "usbflash", found "usbflsh" (did you mean "usbflash"?)`,
      "actions[2].test.monitors: expected a list that is not empty, found an empty list",
      "actions[2].test.timeout: expected a mapping, found 3",
    ])
  })
})
