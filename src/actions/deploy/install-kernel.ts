import * as Effect from "effect/Effect"
import type { CommandResult, Shell } from "../../core/console/shell.ts"
import { quoteWord } from "../../core/console/quote.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { type DispatchError, JobError } from "../../core/pipeline/errors.ts"
import { log } from "../../core/pipeline/events.ts"
import { dataKey, getData, setData } from "../../core/pipeline/job-data.ts"
import { DeviceShell } from "../connection.ts"
import { targetDirectory } from "./prepare-disk.ts"
import { SentPackages } from "./send-kernel-packages.ts"

/** The kernel in the target, by paths in the target. */
export interface InstalledKernel {
  /** As `uname -r` will say. */
  readonly release: string
  readonly image: string
  readonly initrd: string
  readonly dtb: string | undefined
}

/** Left by `installKernel`. */
export const Kernel = dataKey<InstalledKernel>("the installed kernel")

/** Which kernel is wanted in the target. */
export interface KernelChoice {
  /** File name of the board's device tree, where it needs one. */
  readonly dtb: string | undefined
  /** Whether packages were sent; else the root file system's own kernel is taken. */
  readonly packages: boolean
}

/**
 * Installs the kernel packages in the target by the target's own dpkg, so that its maintainer scripts and
 * initramfs-tools do their work, and finds what they installed. The release is read from the packages'
 * contents: a package's version need not be the kernel's.
 */
export const installKernel = (choice: KernelChoice): Action<JobServices> =>
  action({
    name: "install-kernel",
    description: choice.packages
      ? "install the kernel packages by dpkg in the target"
      : "find the kernel in the root file system",
    timeoutSeconds: 1200,
    run: Effect.gen(function* () {
      const shell = yield* getData(DeviceShell)
      yield* shell.check(mountsForChroot)
      const releases = choice.packages
        ? yield* installPackages(shell)
        : yield* releasesIn(shell, `ls -1 ${targetDirectory}/boot`)
      const release = releases.at(-1)
      if (release === undefined) {
        return yield* new JobError({
          message: choice.packages
            ? "none of the kernel packages holds a /boot/vmlinuz-*: are they linux-image packages?"
            : "the root file system has no /boot/vmlinuz-*: give the job kernel packages",
        })
      }
      const initrd = `/boot/initrd.img-${release}`
      const made = yield* shell.run(
        `[ -s ${targetDirectory}${initrd} ] || ${chroot} /usr/sbin/update-initramfs -c -k ${quoteWord(release)}`,
      )
      if (made.status !== 0) return yield* failed("update-initramfs", made)
      yield* setData(Kernel, {
        release,
        image: `/boot/vmlinuz-${release}`,
        initrd,
        dtb: choice.dtb === undefined ? undefined : yield* placeDtb(shell, release, choice.dtb),
      })
      yield* log("info", `the target has Linux ${release}`)
    }),
  })

/** What maintainer scripts need: a PATH of the target's own and nobody to ask. */
const chroot = `chroot ${targetDirectory} /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C`

const mountsForChroot = ["proc", "sys", "dev"]
  .map((name) => `mount --bind /${name} ${targetDirectory}/${name}`)
  .join(" && ")

/** Installs all packages by one call of dpkg, which puts them in the order that they depend on each other. */
const installPackages = (
  shell: Shell,
): Effect.Effect<ReadonlyArray<string>, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const packages = yield* getData(SentPackages)
    const files = packages.map(({ path }) => path).join(" ")
    // /usr/bin/dpkg by its path: busybox has an applet of that name, which runs no maintainer scripts.
    const installed = yield* shell.run(`${chroot} /usr/bin/dpkg -i ${files} 2>&1`)
    if (installed.status !== 0) {
      return yield* failed(`dpkg -i ${packages.map(({ name }) => name).join(" ")}`, installed)
    }
    return yield* releasesIn(
      shell,
      `${chroot} /bin/sh -c 'for f in ${files}; do dpkg -L "$(dpkg-deb -f $f Package)"; rm -f $f; done'`,
    )
  })

const releasesIn = (shell: Shell, list: string) =>
  Effect.map(shell.check(list), ({ output }) =>
    [...output.matchAll(/(?:^|\/)vmlinuz-(\S+)\s*$/gm)].flatMap((match) => match[1] ?? []),
  )

/** Debian keeps a kernel's device trees in /usr/lib/linux-image-RELEASE; flash-kernel copies the board's to /boot. */
const placeDtb = (shell: Shell, release: string, dtb: string) =>
  Effect.gen(function* () {
    const inBoot = `/boot/dtb-${release}`
    const directories = `usr/lib/linux-image-${release} boot/dtbs/${release} boot`
    const { status, output } = yield* shell.run(
      `cd ${targetDirectory} && f=$(find ${directories} -name ${quoteWord(dtb)} 2>/dev/null | head -n 1); cd /; [ -n "$f" ] && cp ${targetDirectory}/"$f" ${targetDirectory}${inBoot}`,
    )
    if (status === 0) return inBoot
    return yield* new JobError({
      message: `Linux ${release} comes with no device tree ${dtb} (looked in /usr/lib/linux-image-${release} and /boot)${output && `: ${output}`}`,
    })
  })

const failed = (what: string, { status, output }: CommandResult) =>
  Effect.fail(
    new JobError({
      message: `${what} failed with ${status}: ${lastLines(output).join("; ")}`,
    }),
  )

/** The end of what a command said, where the reason usually stands. */
const lastLines = (output: string): ReadonlyArray<string> =>
  output
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .slice(-6)
