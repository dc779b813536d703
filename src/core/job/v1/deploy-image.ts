import * as z from "zod"
import { fileAt } from "../dialect/file-url.ts"
import { type Command, command, type Step, text } from "./command.ts"
import { lostIn, refuseFastModel } from "./deploy-parameters.ts"
import { diskArgument, emulatedBoot, emulatedDeploy } from "./emulated-system.ts"
import { emulatorOf } from "./emulator.ts"
import { autoLogin, loginParameters } from "./login.ts"
import type { Bootable } from "./translator.ts"

const parameters = {
  hwpack: text.optional(),
  rootfs: text.optional(),
  image: text.optional(),
  /** A kernel package, and the name of what it replaces: dispatchers of 2011 had these. */
  pkg: text.optional(),
  kernel_matrix: z.array(text).min(1).optional(),
  boot_part: z.int().optional(),
  root_part: z.int().optional(),
  dtb: text.optional(),
  customize: z.record(z.string(), z.unknown()).optional(),
  rootfstype: text.optional(),
  bootfstype: text.optional(),
  bootloadertype: text.optional(),
  qemu_pflash: z.array(text).optional(),
  ...loginParameters,
}

type Parameters = z.output<z.ZodObject<typeof parameters>>

/** What a whole image, or one that was made of a root file system and a hardware pack, said that is lost. */
const reasons = {
  boot_part: "is not kept: partitions are made anew, or are the image's own",
  root_part: "is not kept: partitions are made anew, or are the image's own",
  bootfstype: "is not kept: the device type says how its boot files are stored",
  customize:
    "is not kept: nothing is put into a file system before it boots; let the first steps of a test do it",
}

/** `deploy_linaro_image`: a disk image, or a root file system with a hardware pack that a master image installs. */
export const deployImage: Command = command(parameters, (given, step) => {
  const { translator, at, path } = step
  const { draft } = translator
  if (refuseFastModel(step)) return
  lostIn(step, given, reasons)
  const emulator = emulatorOf(translator.deviceOf(step).device_type)
  if (given.image !== undefined) {
    if (given.hwpack !== undefined) draft.wrong(at("hwpack"), "cannot stand beside an image")
    if (emulator) return deployDisk(given, given.image, step)
    return draft.wrong(
      at("image"),
      "cannot be translated: a whole image for a disk is not taken apart for a master image's partitions; give its root file system as `rootfs`, a tar archive, or write it with `deploy` to: sd, usb or sata",
    )
  }
  if (given.rootfs === undefined) {
    return draft.wrong(path, "names nothing to deploy: give an image, or a rootfs")
  }
  if (emulator) {
    return draft.wrong(
      at("rootfs"),
      "cannot be translated: no image for QEMU is made of a root file system and a hardware pack; give an `image`",
    )
  }
  deployByMaster(given, given.rootfs, step)
})

const deployDisk = (given: Parameters, image: string, step: Step): void => {
  const { translator, at, path } = step
  const { draft } = translator
  lostIn(step, given, {
    dtb: "is not kept: the image has its own",
    rootfstype: "is not kept: the image has its own",
    rootfs: "is not kept: the image is deployed",
  })
  const flash = (given.qemu_pflash ?? []).map(
    (url, index) =>
      [
        `pflash${index}`,
        {
          path: [...at("qemu_pflash"), index],
          url,
          argument: `-drive if=pflash,format=raw,file={pflash${index}}`,
        },
      ] as const,
  )
  const block = emulatedDeploy(draft, path, {
    rootfs: { path: at("image"), url: image, argument: diskArgument("rootfs", image) },
    ...Object.fromEntries(flash),
  })
  translator.deploy(step, block, { method: emulatedBoot, login: autoLogin(given, step) })
}

const deployByMaster = (given: Parameters, rootfs: string, step: Step): void => {
  const { translator, at } = step
  const { draft } = translator
  const [matrix] = given.kernel_matrix ?? []
  const kernel = given.pkg ?? matrix
  const kernelPath = given.pkg === undefined ? [...at("kernel_matrix"), 0] : at("pkg")
  if (given.hwpack !== undefined) {
    const rest =
      kernel === undefined
        ? "the root file system's own kernel is booted unless you name a package in `kernel.packages`"
        : "its other packages are not installed"
    draft.lost(at("hwpack"), `is not kept: a hardware pack is not taken apart; ${rest}`)
  }
  const dtb = given.dtb?.replace(/^.*\//, "")
  const filesystem = given.rootfstype
  const known = filesystem === undefined || /^(ext[234]|btrfs|xfs)$/.test(filesystem)
  if (!known)
    draft.lost(at("rootfstype"), "is not kept: file systems are ext2, ext3, ext4, btrfs or xfs")
  lostIn(step, given, { qemu_pflash: "is not kept: no flash is written" })
  const block = {
    to: "master",
    rootfs: fileAt(draft, at("rootfs"), rootfs),
    ...(kernel !== undefined && {
      kernel: draft.from(kernelPath, { packages: [draft.from(kernelPath, { url: kernel })] }),
    }),
    ...(dtb !== undefined && { dtb }),
    ...(filesystem !== undefined &&
      known && { disk: draft.from(at("rootfstype"), { filesystem }) }),
  }
  draft.changed(at("rootfs"), "is installed by the device's master image: `to: master`")
  translator.deploy(step, block, {
    method: bootOfMaster(given.bootloadertype, step),
    login: autoLogin(given, step),
  })
}

/** How what a master image has installed is booted: as the device's plugin does it, else by the boot loader. */
const bootOfMaster = (loader: string | undefined, step: Step): Bootable["method"] => {
  const { translator, path } = step
  const plugin = translator.pluginOf(translator.deviceOf(step))
  if (plugin === "master-initrd") return { method: "pxe" }
  if (plugin === undefined && loader === undefined) {
    translator.draft.changed(
      path,
      "is booted by the commands `disk` of its device type; where its plugin is master-initrd, by `method: pxe`",
    )
  }
  return loader === "uefi" && plugin === undefined
    ? { method: "uefi-menu", commands: "disk" }
    : { method: "u-boot", commands: "disk" }
}
