import * as Effect from "effect/Effect"
import * as z from "zod"
import {
  BootLoaderParameters,
  bootByCommands,
  commandsToType,
} from "../actions/boot/boot-loader.ts"
import { bootMethod, LoadAddresses, MemoryAddress } from "../actions/boot/boot-method.ts"
import { bootToLoader } from "../actions/boot/boot-to-loader.ts"
import { FitImage, prepareFit } from "../actions/boot/prepare-fit.ts"
import { kernelArguments } from "../actions/boot/kernel-arguments.ts"
import { type NetworkBoot, publishBoot } from "../actions/boot/publish.ts"
import { BootWatchParameters, bootWatch } from "../actions/boot/wait-for-system.ts"
import { download } from "../actions/deploy/download.ts"
import { flasherDeploy } from "../actions/deploy/flasher.ts"
import { architectures } from "../actions/deploy/legacy-image.ts"
import { deployNfsRoot, ModulesArchive, NfsRoot } from "../actions/deploy/nfs-root.ts"
import {
  Netboot,
  type NetbootFiles,
  netbootArtifacts,
  NetbootArtifacts,
  prepareNetboot,
} from "../actions/deploy/prepare-netboot.ts"
import { RootfsArchive } from "../actions/deploy/unpack-rootfs.ts"
import { createOverlay } from "../actions/test/create-overlay.ts"
import type { Blocks } from "../core/job/v2/job.ts"
import { defineDevicePlugin } from "../core/lab/plugin.ts"
import type { JobServices } from "../core/lab/services.ts"
import { type Action, sequence } from "../core/pipeline/action.ts"
import type { DispatchError } from "../core/pipeline/errors.ts"
import { findData, getData } from "../core/pipeline/job-data.ts"

/** What a device type of this plugin may set. */
const UBootNetbootParameters = z.strictObject({
  architecture: z.enum(architectures).describe("The board's processor, by U-Boot's name for it"),
  load_addresses: LoadAddresses.describe("Where U-Boot loads what it boots"),
  fit_address: MemoryAddress.optional().describe("Where U-Boot loads a FIT image: {FIT_ADDR}"),
  firmware_dtb: z
    .string()
    .optional()
    .describe(
      'Where the firmware\'s own device tree is, for jobs that bring none: an address, or a variable as "${fdtcontroladdr}"',
    ),
  kernel_args: z.string().default("").describe("Kernel arguments, part of {BOOTARGS}"),
  ...BootWatchParameters,
  u_boot: BootLoaderParameters.u_boot,
})

type Parameters = z.output<typeof UBootNetbootParameters>

/**
 * Boards that boot over the network by commands typed to U-Boot: kernel, ramdisk and device tree, or all in a FIT image,
 * come by TFTP; the root file system is the ramdisk or comes by NFS. Nothing on the board is written.
 */
export const uBootNetboot = defineDevicePlugin<Parameters>({
  name: "u-boot-netboot",
  parameters: UBootNetbootParameters,
  deploy: {
    tftp: (deploy, device, job) => {
      const { architecture, load_addresses } = device.parameters
      return sequence("tftp-deploy", "make ready what the device boots over the network", [
        download("boot files", netbootArtifacts(deploy), NetbootArtifacts),
        ...downloadNfsRoot(deploy),
        ...createOverlay(job),
        prepareNetboot(deploy, bootMethod(deploy.kernel.type, load_addresses), architecture),
        ...(deploy.nfsrootfs ? [deployNfsRoot(device, job, deploy.modules !== undefined)] : []),
      ])
    },
    nfs: (deploy, device, job) =>
      sequence("nfs-deploy", "put a root file system on NFS", [
        ...downloadNfsRoot(deploy),
        ...createOverlay(job),
        deployNfsRoot(device, job, deploy.modules !== undefined),
      ]),
    flasher: flasherDeploy,
  },
  boot: {
    "u-boot": (boot, device, job) => {
      const { parameters } = device
      const fit = commandsToType(boot, device).some((line) => line.includes("{FIT}"))
      return bootByCommands(boot, device, bootWatch(parameters), [
        ...(fit ? [prepareFit(parameters.architecture)] : []),
        publishBoot(
          "publish-boot-files",
          "offer the boot files to U-Boot",
          netboot(parameters, job.context?.extra_kernel_args, fit),
        ),
      ])
    },
    bootloader: (boot, device) => bootToLoader(boot, device, bootWatch(device.parameters)),
  },
})

/** The downloads of a root file system on NFS. */
const downloadNfsRoot = ({
  nfsrootfs,
  modules,
}: Pick<Extract<Blocks["deploy"], { to: "tftp" }>, "nfsrootfs" | "modules">): ReadonlyArray<
  Action<JobServices>
> => [
  ...(nfsrootfs ? [download("root file system", [nfsrootfs], RootfsArchive)] : []),
  ...(modules ? [download("modules", [modules], ModulesArchive)] : []),
]

/** What was deployed, as U-Boot gets it, and what its commands may name. */
const netboot = (
  parameters: Parameters,
  extra: string | undefined,
  fit: boolean,
): Effect.Effect<NetworkBoot, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const files = yield* findData(Netboot)
    const root = yield* findData(NfsRoot)
    return {
      kernel: files?.kernel,
      initrd: files?.ramdisk,
      dtb: files?.dtb,
      fit: fit ? yield* getData(FitImage) : undefined,
      commandLine: kernelArguments(parameters.kernel_args, extra),
      placeholders: {
        KERNEL_ADDR: files?.method.addresses.kernel,
        RAMDISK_ADDR: files?.method.addresses.ramdisk,
        DTB_ADDR: files?.method.addresses.dtb,
        FIT_ADDR: parameters.fit_address,
        BOOTX: files && bootCommand(files, parameters.firmware_dtb),
        NFS_SERVER_IP: root?.server,
        NFSROOTFS: root?.path,
        NFS_OPTIONS: root?.options,
      },
    }
  })

/** LAVA's {BOOTX}: the command with the addresses of what there is. */
const bootCommand = (
  { method, ramdisk, ramdiskHasHeader, dtb }: NetbootFiles,
  firmwareDtb: string | undefined,
): string => {
  const { command, addresses } = method
  const size = ramdisk && !ramdiskHasHeader ? `:0x${ramdisk.size.toString(16)}` : ""
  const words = [
    command,
    addresses.kernel,
    ramdisk ? addresses.ramdisk + size : "-",
    dtb ? addresses.dtb : firmwareDtb,
  ]
  return words.filter((word) => word !== undefined).join(" ")
}
