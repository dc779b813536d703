import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { buffer } from "node:stream/consumers"
import * as Effect from "effect/Effect"
import { execa } from "execa"
import { describe, expect, it } from "vitest"
import { TestDefinitionRef } from "../../../src/core/testshell/definition.ts"
import {
  loadDefinition,
  type LoadedDefinition,
} from "../../../src/core/testshell/load-definition.ts"
import {
  makeOverlay,
  type Overlay,
  type OverlayOptions,
} from "../../../src/core/testshell/overlay.ts"
import { packOverlay } from "../../../src/core/testshell/pack-overlay.ts"
import { installScript, runScript } from "../../../src/core/testshell/run-script.ts"
import { useDirectory } from "./device.ts"

const directory = useDirectory()
let count = 0

const load = (
  given: Record<string, unknown>,
  job: Record<string, unknown> = {},
): Promise<LoadedDefinition> =>
  Effect.runPromise(
    loadDefinition(
      TestDefinitionRef.parse({
        from: "inline",
        name: `t${count}`,
        repository: { metadata: { name: "x", os: ["debian"] }, ...given },
        ...job,
      }),
      { directory: join(directory.path, `d${count++}`), fetch: () => Effect.die("not fetched") },
    ),
  )

describe("run.sh", () => {
  it("has the job's parameters after the definition's, quoted", async () => {
    const loaded = await load(
      {
        params: { A: "it's", B: 1, C: true, D: null },
        run: { steps: ["echo $A", "lava-test-case x --shell \"awk '{print $2}'\"", "echo $2"] },
      },
      { parameters: { A: "job" }, params: { E: "$(id)" } },
    )
    expect(runScript(loaded, "/lava-1/0/tests/0_x", "0_x", "/bin/sh")).toBe(
      [
        "#!/bin/sh",
        "# Parameters of the test definition",
        "export A='it'\\''s'",
        "export B=1",
        "export C=True",
        "export D=''",
        "# Parameters of the job",
        "export A=job",
        "export E='$(id)'",
        "export TESTRUN_ID=0_x",
        "set -e",
        "cd /lava-1/0/tests/0_x",
        'UUID="$(cat uuid)"',
        "set -x",
        "echo $A",
        "lava-test-case x --shell \"awk '{print \\$2}'\"",
        "echo $2",
        "",
      ].join("\n"),
    )
  })
})

describe("install.sh", () => {
  const install = {
    keys: ["https://example.com/key.asc"],
    sources: ["deb http://example.com stable main"],
    deps: ["curl"],
    "deps-debian": ["gcc", "make"],
    steps: ["make"],
  }
  const lines = (loaded: LoadedDefinition, distro?: string) =>
    installScript(loaded, "/t", "/bin/sh", distro)?.split("\n").slice(3)

  it("has keys, sources, packages and steps, in this order", async () => {
    expect(lines(await load({ install }), "debian")).toEqual([
      "cd /t || exit",
      "set -x",
      "lava-add-keys https://example.com/key.asc || exit",
      "lava-add-sources deb http://example.com stable main || exit",
      "lava-install-packages curl gcc make || exit",
      "make",
      "",
    ])
  })

  it("leaves out what the job skips, and is none where nothing is left", async () => {
    const some = await load({ install }, { skip_install: ["keys", "deps"] })
    expect(lines(some)?.slice(2)).toEqual([
      "lava-add-sources deb http://example.com stable main || exit",
      "make",
      "",
    ])
    expect(lines(await load({ install }, { skip_install: ["all"] }))).toBeUndefined()
    expect(lines(await load({ run: { steps: [] } }))).toBeUndefined()
    expect(lines(await load({ install: { ...install, skip_install: ["all"] } }))).toBeUndefined()
  })
})

describe("an overlay", () => {
  const make = async (options: Partial<OverlayOptions> = {}) => {
    const first = await load({ run: { steps: ["true"] } }, { name: "smoke", "lava-signal": "kmsg" })
    // A repository that has in it what the overlay writes, as links to somewhere else.
    const victim = join(directory.path, `victim${count}`)
    await writeFile(victim, "untouched")
    for (const name of ["run.sh", "uuid", "testdef.yaml"]) {
      await symlink(victim, join(first.directory, name))
    }
    const deep = join(first.directory, "d".repeat(90), "e".repeat(90))
    await mkdir(deep, { recursive: true })
    await writeFile(join(deep, "file"), "deep")
    const second = await load({ run: { steps: [] } }, { name: "other" })
    const overlay = await Effect.runPromise(
      makeOverlay({
        jobId: "12",
        stages: [
          [{ loaded: first, uuid: "12_1.0" }],
          [
            { loaded: second, uuid: "12_1.1" },
            { loaded: second, uuid: "12_1.2" },
          ],
        ],
        environment: { LAVA_JOB_ID: "12" },
        secrets: { TOKEN: "secret" },
        ...options,
      }),
    )
    return { overlay, victim, repository: first.directory }
  }

  const unpack = async (overlay: Overlay, command: ReadonlyArray<string> = ["tar", "-x"]) => {
    const [program = "", ...args] = command
    const root = join(directory.path, `root${count++}`)
    await mkdir(root)
    await execa(program, [...args, "-f", "-", "-C", root], { input: packOverlay(overlay) })
    return join(root, "lava-12")
  }

  it("has LAVA's places, and names the tests by an index over all stages", async () => {
    const { overlay, victim } = await make()
    expect(overlay).toMatchObject({
      directory: "/lava-12",
      stages: [
        { name: "0", command: "/lava-12/bin/lava-test-runner /lava-12/0", tests: ["0_smoke"] },
        {
          name: "1",
          command: "/lava-12/bin/lava-test-runner /lava-12/1",
          tests: ["1_other", "2_other"],
        },
      ],
    })
    const place = await unpack(overlay)
    const text = (path: string) => readFile(join(place, path), "utf8")
    expect(await text("1/lava-test-runner.conf")).toBe(
      "/lava-12/1/tests/1_other\n/lava-12/1/tests/2_other\n",
    )
    expect(await text("environment")).toBe("export LAVA_JOB_ID=12\nexport LAVA_SHELL=/bin/sh\n")
    expect(await text("secrets")).toBe("TOKEN=secret\n")
    expect(await text("0/tests/0_smoke/uuid")).toBe("12_1.0\n")
    expect(await text("0/tests/0_smoke/testdef.yaml")).toContain('"metadata":')
    expect(await text("0/tests/0_smoke/testdef_metadata")).toContain('"branch_vcs": "inline"')
    expect(await text("0/tests/0_smoke/run.sh")).toContain("true")
    expect(await text("0/tests/0_smoke/.lava-kmsg")).toBe("")
    expect(await readFile(victim, "utf8")).toBe("untouched")
  })

  it.each([[["tar", "-x"]], [["busybox", "tar", "-x"]]])("is unpacked by %j", async (command) => {
    const { overlay } = await make()
    const place = await unpack(overlay, command)
    const mode = async (path: string) => (await stat(join(place, path))).mode & 0o777
    expect(await mode("bin/lava-test-case")).toBe(0o755)
    expect(await mode("0/tests/0_smoke/run.sh")).toBe(0o755)
    expect(await mode("secrets")).toBe(0o600)
    const deep = join("0/tests/0_smoke", "d".repeat(90), "e".repeat(90), "file")
    expect(await readFile(join(place, deep), "utf8")).toBe("deep")
    for (const empty of ["results", "tests", "target"]) {
      expect(await readdir(join(place, empty))).toEqual([])
    }
  })

  it("has the helpers without their comments, with the device's shell", async () => {
    const { overlay } = await make({ shell: "/system/bin/sh" })
    const script = await readFile(join(await unpack(overlay), "bin/lava-test-case"), "utf8")
    expect(script).toMatch(/^#!\/system\/bin\/sh\n/)
    expect(script).not.toMatch(/^\s*#(?!!)/m)
  })

  it("takes large files from the disk", async () => {
    const { overlay, repository } = await make()
    const large = Buffer.alloc(3 * 1024 * 1024, "0123456789")
    await writeFile(join(repository, "large"), large)
    const path = join(await unpack(overlay), "0/tests/0_smoke/large")
    expect((await readFile(path)).equals(large)).toBe(true)
  })

  it("ends its archive with an error when a test is gone", async () => {
    const { overlay, repository } = await make()
    await rm(repository, { recursive: true })
    await expect(buffer(packOverlay(overlay))).rejects.toThrow("ENOENT")
  })
})
