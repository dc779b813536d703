import * as z from "zod"
import { fileAt, fileNameOf } from "../dialect/file-url.ts"
import { quote } from "../../source/problem.ts"
import { type Command, command, type Step, text } from "./command.ts"
import { lostIn, refuseFastModel } from "./deploy-parameters.ts"
import { diskArgument, emulatedBoot, emulatedDeploy } from "./emulated-system.ts"
import { type Emulator, emulatorOf } from "./emulator.ts"
import { guestSystem } from "./guest.ts"
import { kernelType } from "./kernel-type.ts"
import { autoLogin, loginParameters } from "./login.ts"
import type { Bootable } from "./translator.ts"

const parameters = {
  kernel: text,
  ramdisk: text.optional(),
  dtb: text.optional(),
  overlays: z.array(text).optional(),
  rootfs: text.optional(),
  nfsrootfs: text.optional(),
  image: text.optional(),
  bootloader: text.optional(),
  firmware: text.optional(),
  bl0: text.optional(),
  bl1: text.optional(),
  bl2: text.optional(),
  bl31: text.optional(),
  rootfstype: text.optional(),
  bootloadertype: text.optional(),
  target_type: z.enum(["ubuntu", "oe", "android", "fedora"]).optional(),
  qemu_pflash: z.array(text).optional(),
  ...loginParameters,
}

type Parameters = z.output<z.ZodObject<typeof parameters>>

/** `deploy_linaro_kernel`: a kernel and what belongs to it, fetched by a boot loader or given to QEMU. */
export const deployKernel: Command = command(parameters, (given, step) => {
  const { translator, at } = step
  if (given.target_type === "android") {
    return translator.draft.wrong(
      at("target_type"),
      "cannot be translated: Android is deployed by `deploy` with `to: fastboot`",
    )
  }
  if (translator.isGuest(step)) return guestSystem(given, step)
  if (refuseFastModel(step)) return
  const emulator = emulatorOf(translator.deviceOf(step).device_type)
  if (emulator) deployToEmulator(given, emulator, step)
  else deployByTftp(given, step)
})

const deployToEmulator = (given: Parameters, emulator: Emulator, step: Step): void => {
  const { translator, at, path } = step
  const { draft } = translator
  const { kernel, ramdisk, dtb, rootfs, image, nfsrootfs } = given
  const disk = rootfs ?? image
  if (nfsrootfs !== undefined) {
    return draft.wrong(
      at("nfsrootfs"),
      "cannot be translated for QEMU: give the root file system as `rootfs`, an image, or as a ramdisk",
    )
  }
  lostIn(step, given, {
    overlays: "is not kept: nothing is unpacked into an image for QEMU",
    bootloader: "is not kept: QEMU starts the kernel itself",
    rootfstype: "is not kept: the image has its own",
    bl0: "is not kept",
    bl1: "is not kept",
    bl2: "is not kept",
    bl31: "is not kept",
  })
  const appended = `console=${emulator.console}${disk === undefined ? "" : " root=/dev/vda rw"}`
  draft.lost(
    at("kernel"),
    `the kernel's arguments stood in the lab; \`-append\` has what is usual ("${appended}"): see that it fits`,
  )
  const firmware = given.firmware ?? given.qemu_pflash?.[0]
  const firmwarePath = given.firmware === undefined ? [...at("qemu_pflash"), 0] : at("firmware")
  const block = emulatedDeploy(draft, path, {
    kernel: {
      path: at("kernel"),
      url: kernel,
      argument: `-kernel {kernel} -append "${appended}"`,
    },
    ramdisk:
      ramdisk === undefined
        ? undefined
        : { path: at("ramdisk"), url: ramdisk, argument: "-initrd {ramdisk}" },
    dtb: dtb === undefined ? undefined : { path: at("dtb"), url: dtb, argument: "-dtb {dtb}" },
    rootfs:
      disk === undefined
        ? undefined
        : {
            path: at(rootfs === undefined ? "image" : "rootfs"),
            url: disk,
            argument: diskArgument("rootfs", disk).replace("-drive ", "-drive if=virtio,"),
          },
    firmware:
      firmware === undefined
        ? undefined
        : { path: firmwarePath, url: firmware, argument: "-bios {firmware}" },
  })
  translator.deploy(step, block, { method: emulatedBoot, login: autoLogin(given, step) })
}

const deployByTftp = (given: Parameters, step: Step): void => {
  const { translator, at } = step
  const { draft } = translator
  const { kernel, ramdisk, dtb, nfsrootfs } = given
  const method = bootMethod(given, step)
  if (!method) return
  const notFetched = "is not kept: it is not written to the device"
  lostIn(step, given, {
    rootfs: `${notFetched}; give the root file system as nfsrootfs, or in the ramdisk`,
    image: `${notFetched}; give the root file system as nfsrootfs, or in the ramdisk`,
    bootloader: `${notFetched}; \`deploy\` to: flasher gives a device a boot loader`,
    firmware: `${notFetched}; \`deploy\` to: flasher gives a device a firmware`,
    bl0: notFetched,
    bl1: notFetched,
    bl2: notFetched,
    bl31: notFetched,
    rootfstype: "is not kept: NFS and ramdisks have none",
    qemu_pflash: "is not kept: it was for QEMU",
  })
  const { modules, extras } = sortedOverlays(given.overlays ?? [], at("overlays"))
  for (const { path } of nfsrootfs === undefined && ramdisk === undefined ? extras : []) {
    draft.lost(path, "is not kept: there is no file system to unpack it into")
  }
  const overlays = overlaysOf(extras, step)
  const header = /(\.u-?boot$|^uInitrd)/i.test(fileNameOf(ramdisk ?? ""))
  const block = {
    to: "tftp",
    kernel: fileAt(draft, at("kernel"), kernel, kernelType(given, step)),
    ...(ramdisk !== undefined && {
      ramdisk: fileAt(draft, at("ramdisk"), ramdisk, {
        ...(header && { header: "u-boot" }),
        ...(nfsrootfs === undefined && overlays && { format: "cpio.newc", overlays }),
      }),
    }),
    ...(dtb !== undefined && { dtb: fileAt(draft, at("dtb"), dtb) }),
    ...(nfsrootfs !== undefined && {
      nfsrootfs: fileAt(draft, at("nfsrootfs"), nfsrootfs, {
        ...(overlays && { format: "tar", overlays }),
      }),
    }),
    ...(modules && { modules: fileAt(draft, modules.path, modules.url) }),
    ...(given.target_type && { os: given.target_type }),
  }
  translator.deploy(step, block, { method, login: autoLogin(given, step) })
}

interface Overlay {
  readonly url: string
  readonly path: ReadonlyArray<PropertyKey>
}

/** Overlays are archives that are unpacked over the root; the first that has kernel modules is told apart. */
const sortedOverlays = (urls: ReadonlyArray<string>, at: ReadonlyArray<PropertyKey>) => {
  const all = urls.map((url, index): Overlay => ({ url, path: [...at, index] }))
  const modules = all.find(({ url }) => /modules/.test(url))
  return { modules, extras: all.filter((each) => each !== modules) }
}

const overlaysOf = (extras: ReadonlyArray<Overlay>, { translator: { draft }, at }: Step) =>
  extras.length === 0
    ? undefined
    : draft.from(
        at("overlays"),
        Object.fromEntries(
          extras.map(({ url, path }, index) => [
            `overlay${index + 1}`,
            fileAt(draft, path, url, { format: "tar", path: "/" }),
          ]),
        ),
      )

/** How a boot loader that fetched the files boots them; undefined where it is one that nobody knows here. */
const bootMethod = (given: Parameters, step: Step): Bootable["method"] | undefined => {
  const { translator, at } = step
  const commands = given.nfsrootfs === undefined ? "ramdisk" : "nfs"
  const loader = (given.bootloadertype ?? "u_boot").replaceAll("-", "_")
  switch (loader) {
    case "u_boot":
      return { method: "u-boot", commands }
    case "ipxe":
    case "grub":
      return { method: loader, commands }
    case "uefi":
      return { method: "uefi-menu", commands }
    default: {
      const message = `the boot loader ${quote(given.bootloadertype ?? "")} cannot be talked to: those of network boots are u_boot, grub, ipxe and uefi`
      translator.draft.wrong(at("bootloadertype"), message)
      return undefined
    }
  }
}
