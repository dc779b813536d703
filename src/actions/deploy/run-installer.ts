import { appendFile, copyFile, stat } from "node:fs/promises"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { Artifacts } from "../../core/artifacts/artifacts.ts"
import { cpio } from "../../core/artifacts/cpio.ts"
import type { Pattern } from "../../core/console/pattern.ts"
import type { Blocks } from "../../core/job/v2/job.ts"
import { CurrentJob, type JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { InfrastructureError, JobError, messageOf } from "../../core/pipeline/errors.ts"
import { log } from "../../core/pipeline/events.ts"
import { kernelArguments } from "../boot/kernel-arguments.ts"
import type { NetworkBoot } from "../boot/publish.ts"
import { type BootWatch, waitForSystem } from "../boot/wait-for-system.ts"
import { waitFor } from "../connection.ts"
import { hostMirror } from "./debian-mirror.ts"
import { preseed } from "./preseed.ts"

type InstallerBlock = Extract<Blocks["deploy"], { to: "installer" }>

/** What an installation takes of the device's type. */
export interface InstallerTarget {
  /** "/dev/vda" */
  readonly disk: string
  /** Arguments of every kernel on this device: its console. */
  readonly kernelArguments: string
  /** The job's `extra_kernel_args`. */
  readonly extraArguments: string | undefined
}

/** Makes the answers to the installer, and answers what the device is to boot. */
export const installerBoot = (deploy: InstallerBlock, target: InstallerTarget) =>
  Effect.gen(function* () {
    const { directory } = yield* CurrentJob
    const { fetch } = yield* Artifacts
    const mirror =
      deploy.mirror === undefined
        ? yield* hostMirror
        : { url: new URL(deploy.mirror), proxy: undefined }
    yield* log("info", `the installer installs from ${mirror.url.href}`)
    const answers = preseed({
      mirror: mirror.url,
      proxy: mirror.proxy,
      suite: deploy.suite,
      hostname: deploy.hostname,
      rootPassword: deploy.root_password,
      disk: deploy.disk?.device ?? target.disk,
      packages: deploy.packages,
      kernelArguments: kernelArguments(
        target.kernelArguments,
        deploy.kernel_args,
        target.extraArguments,
      ),
      answers: deploy.preseed,
    })
    const { path: ramdisk } = yield* fetch(deploy.ramdisk)
    const initrd = join(directory, "installer-initrd.img")
    yield* Effect.tryPromise({
      try: () => withAnswers(ramdisk, answers, initrd),
      catch: (cause) =>
        new InfrastructureError({
          message: `the installer's initrd cannot be made: ${messageOf(cause)}`,
          cause,
        }),
    })
    // The text frontend writes lines, as a console that is recorded and watched wants them.
    const automatic = "auto=true priority=critical DEBIAN_FRONTEND=text"
    return {
      kernel: yield* fetch(deploy.kernel),
      initrd: { path: initrd },
      dtb: undefined,
      commandLine: kernelArguments(target.kernelArguments, automatic, target.extraArguments, "---"),
    } satisfies NetworkBoot
  })

/** The initrd with the answers in it: the installer has them before it has a network, and nobody else can fetch them. */
const withAnswers = async (ramdisk: string, answers: string, path: string): Promise<void> => {
  await copyFile(ramdisk, path)
  const { size } = await stat(path)
  // An archive begins at a multiple of four.
  const gap = Buffer.alloc(-size & 3)
  const archive = cpio([{ path: "preseed.cfg", content: answers, mode: 0o600 }])
  await appendFile(path, Buffer.concat([gap, archive]))
}

/** What the installer writes when it is through and lets the machine start anew. */
const rebooting: Pattern = {
  name: "rebooting",
  pattern: /reboot: Restarting system|Requesting system reboot/,
}

/** What it writes when it wants an answer, which nobody will give: its text frontend's prompt. */
const asking: Pattern = { name: "asking", pattern: /^Prompt: '\?' for help[^\n]*/ }

/** Waits until the installer has installed the system. Fails with JobError at the first question that it asks. */
export const waitForInstaller = (watch: BootWatch): Action<JobServices> =>
  action({
    name: "installer-wait",
    description: "wait until the installer has installed the system",
    timeoutSeconds: 7200,
    run: Effect.gen(function* () {
      const started: Pattern = {
        name: "started",
        pattern: /Detecting network hardware|Starting system log daemon/,
      }
      const first = yield* waitForSystem("the installer", [started, asking], watch)
      const last =
        first.name === "asking"
          ? first
          : yield* waitFor("the end of the installation", [rebooting, asking])
      if (last.name === "rebooting") return
      const question = last.before
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "" && !/^\d+: /.test(line))
        .slice(-6)
      return yield* new JobError({
        message: `the installer asks what nobody has answered: "${question.join(" ")}"; answer it in the job's "preseed", or mend what it complains of`,
      })
    }),
  })
