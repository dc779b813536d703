import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { execa } from "execa"
import { nginxFor, stop } from "../core/artifacts/nginx.ts"
import { listening } from "../core/console/peers.ts"
import { sshd } from "../core/ssh/sshd.ts"
import { runJob } from "./dispatch-run.ts"
import { lab, machine } from "./highbank-lab.ts"
import { expectPass } from "./outcome.ts"

const root = join(import.meta.dirname, "../..")

const smoke = `metadata: { format: Lava-Test Test Definition 1.0, name: smoke }
run:
  steps:
    - lava-test-case kernel-release --shell test -e /boot/vmlinuz-$(uname -r)
`

/** Directories that nginx serves: one whose root file system is damaged, one that is uploaded to by ssh. */
const prepare = async (directory: string) => {
  const [broken = "", custom = "", tests = ""] = ["broken", "custom", "tests"].map((each) =>
    join(directory, "srv", each),
  )
  for (const each of [broken, custom, tests, join(directory, "nginx")])
    await mkdir(each, { recursive: true })
  const rootfs = lab.image("installed-armhf.tar")
  const { stdout } = await execa("md5sum", [rootfs])
  const [md5 = ""] = stdout.split(" ")
  await writeFile(join(broken, "packages.checksum"), `${md5} installed-armhf.tar`)
  await writeFile(join(broken, "installed-armhf.tar"), (await readFile(rootfs)).fill(0, 0, 1))
  await writeFile(join(directory, "smoke.yaml"), smoke)
  const archive = join(directory, "test-smoke.tar.bz2")
  await execa("tar", ["-cjf", archive, "-C", directory, "smoke.yaml"])
  return { custom, tests, rootfs, archive }
}

describe("jobs/packages.json", () => {
  it.live("takes from the next repository what the first one has with a wrong checksum", () =>
    Effect.gen(function* () {
      const server = yield* sshd("Subsystem sftp internal-sftp")
      const { directory } = server
      const { custom, tests, rootfs, archive } = yield* Effect.promise(() => prepare(directory))
      const nginx = yield* Effect.promise(() =>
        nginxFor(join(directory, "srv"), join(directory, "nginx")),
      )
      yield* Effect.acquireRelease(
        Effect.promise(() => nginx.start()),
        (child) => Effect.promise(() => stop(child)),
      )
      yield* listening(Number(new URL(nginx.url).port))
      const { identity_file, known_hosts } = server.settings()
      const ssh = { identity_file, known_hosts }
      const host = `ssh://127.0.0.1:${server.port}`
      const repositories = [
        `${nginx.url}/broken`,
        { kind: "custom", fetch: `${nginx.url}/custom`, upload: host + custom, ssh },
        { name: "tests", fetch: host + tests, ssh },
      ]
      yield* Effect.promise(async () => {
        const withRepositories = await lab.changed("packages", (description) => ({
          ...description,
          repositories: [...repositories, ...description.repositories],
        }))
        const upload = (...args: ReadonlyArray<string>) =>
          execa(
            process.execPath,
            [
              join(root, "src/cli.ts"),
              "packages",
              "upload",
              "--lab",
              withRepositories.file,
              ...args,
            ],
            { env: { NO_COLOR: "1" } },
          )
        expect((await upload("--custom", rootfs)).stdout).toMatch(
          /^installed-armhf.tar .* uploaded/,
        )
        expect((await upload("--repository", "tests", archive)).stdout).toContain("uploaded  tests")
        const { $schema: _, ...job } = JSON.parse(
          await readFile(join(root, "jobs/packages.json"), "utf8"),
        ) as { readonly $schema: string }
        // A cache that has the file already would ask no repository for it.
        const env = { XDG_CACHE_HOME: join(directory, "cache") }
        const ended = await runJob({ job, lab: withRepositories, machine, env })
        expectPass(ended)
        expect(ended.output).toContain(
          `package://installed-armhf.tar is taken from ${nginx.url}/custom, since ${nginx.url}/broken/installed-armhf.tar is not the file that is expected`,
        )
      })
    }),
  )
})
