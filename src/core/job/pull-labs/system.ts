import type { Draft } from "../dialect/draft.ts"
import { fileAt, fileNameOf } from "../dialect/file-url.ts"
import type { PullLabsJob } from "./job-file.ts"

/** What deploys a kernel and boots it. */
export interface System {
  readonly deploy: object
  readonly boot: object
  readonly context?: object
}

/** LAVA's names of architectures, where KernelCI has others. */
const qemuArchitectures: Readonly<Record<string, string>> = {
  x86_64: "amd64",
  i386: "i386",
  arm64: "arm64",
  arm: "arm",
  riscv: "riscv64",
}

const consoles: Readonly<Record<string, string>> = { arm64: "ttyAMA0", arm: "ttyAMA0" }

/** The device type: `qemu` alone is one for each architecture. */
export const deviceTypeOf = ({ environment: { platform, arch } }: PullLabsJob): string =>
  platform === "qemu" && arch !== undefined ? `qemu-${arch}` : platform

/** What is deployed and booted: by QEMU, or by the boot loader of a board. */
export const systemOf = (job: PullLabsJob, draft: Draft): System =>
  /^qemu([-_]|$)/.test(job.environment.platform) ? emulated(job, draft) : netbooted(job, draft)

/** Where the kernel's own tests are put in the root file system. */
export const kselftestPath = "/opt/kselftests/default-in-kernel"

/** What is unpacked over a root file system of this format: the kernel's own tests. */
const overlaysIn = (format: "tar" | "cpio.newc", job: PullLabsJob, draft: Draft): object => {
  if (job.artifacts.kselftest === undefined) return {}
  const kselftest = fileOf(job, draft, "kselftest", { format: "tar", path: `${kselftestPath}/` })
  return { format, overlays: draft.from(["artifacts", "kselftest"], { kselftest }) }
}

/** A file with the checksum that the job says. */
const fileOf = <More extends object>(
  job: PullLabsJob,
  draft: Draft,
  name: keyof PullLabsJob["artifacts"],
  more?: More,
) => {
  const sum = job.integrity?.sha256?.[name]
  const sha256 = sum !== undefined && /^[0-9a-f]{64}$/i.test(sum) ? { sha256sum: sum } : {}
  return fileAt(draft, ["artifacts", name], String(job.artifacts[name]), { ...sha256, ...more })
}

const ramdiskOf = ({ artifacts }: PullLabsJob): "ramdisk" | "initrd" | undefined =>
  artifacts.ramdisk !== undefined
    ? "ramdisk"
    : artifacts.initrd !== undefined
      ? "initrd"
      : undefined

const netbooted = (job: PullLabsJob, draft: Draft): System => {
  const { artifacts, environment } = job
  const ramdisk = ramdiskOf(job)
  const nfs = artifacts.rootfs !== undefined
  const arch = environment.arch ?? ""
  const isX86 = /^(x86|i386|amd64)/.test(arch)
  if (isX86) draft.changed(["environment", "arch"], `is booted by GRUB: \`method: grub\``)
  const name = fileNameOf(artifacts.kernel)
  const type = /^zImage/i.test(name) || arch === "arm" ? "zimage" : "image"
  return {
    deploy: {
      to: "tftp",
      kernel: fileOf(job, draft, "kernel", isX86 ? {} : { type }),
      ...(ramdisk && {
        ramdisk: fileOf(job, draft, ramdisk, nfs ? {} : overlaysIn("cpio.newc", job, draft)),
      }),
      ...(artifacts.dtb !== undefined && { dtb: fileOf(job, draft, "dtb") }),
      ...(nfs && {
        nfsrootfs: fileOf(job, draft, "rootfs", overlaysIn("tar", job, draft)),
      }),
      ...(artifacts.modules !== undefined && { modules: fileOf(job, draft, "modules") }),
    },
    boot: { method: isX86 ? "grub" : "u-boot", commands: nfs ? "nfs" : "ramdisk" },
  }
}

const emulated = (job: PullLabsJob, draft: Draft): System => {
  const { artifacts, environment } = job
  const arch = environment.arch ?? environment.platform.replace(/^qemu[-_]?/, "")
  const ramdisk = ramdiskOf(job)
  const root = ramdisk ? "" : " root=/dev/vda rw"
  for (const name of ["modules", ramdisk ? "rootfs" : "kselftest"] as const) {
    if (artifacts[name] === undefined) continue
    draft.lost(["artifacts", name], "is not kept: nothing is unpacked into what QEMU boots")
  }
  if (!ramdisk && artifacts.rootfs !== undefined && /\.tar\b/.test(artifacts.rootfs)) {
    draft.wrong(
      ["artifacts", "rootfs"],
      "cannot be booted by QEMU: it is an archive; give the job a ramdisk, or an image",
    )
  }
  const images = {
    kernel: fileOf(job, draft, "kernel", {
      image_arg: `-kernel {kernel} -append "console=${consoles[arch] ?? "ttyS0"}${root}"`,
    }),
    ...(ramdisk && {
      [ramdisk]: fileOf(job, draft, ramdisk, {
        image_arg: `-initrd {${ramdisk}}`,
        ...overlaysIn("cpio.newc", job, draft),
      }),
    }),
    ...(artifacts.dtb !== undefined && {
      dtb: fileOf(job, draft, "dtb", { image_arg: "-dtb {dtb}" }),
    }),
    ...(!ramdisk &&
      artifacts.rootfs !== undefined && {
        rootfs: fileOf(job, draft, "rootfs", {
          image_arg: "-drive if=virtio,format=raw,file={rootfs}",
        }),
      }),
  }
  return {
    deploy: { to: "tmpfs", images: draft.from(["artifacts"], images) },
    boot: { method: "qemu", media: "tmpfs" },
    context: draft.from(["environment"], { arch: qemuArchitectures[arch] ?? arch }),
  }
}
