import * as Effect from "effect/Effect"
import type { Device } from "../../core/lab/device.ts"
import type { Placeholders } from "../../core/lab/placeholders.ts"
import type { JobServices } from "../../core/lab/services.ts"
import type { Action } from "../../core/pipeline/action.ts"
import type { DispatchError } from "../../core/pipeline/errors.ts"
import { findData, getData } from "../../core/pipeline/job-data.ts"
import type { LegacyImage } from "../deploy/legacy-image.ts"
import { NfsRoot } from "../deploy/nfs-root.ts"
import { Netboot, type NetbootFiles } from "../deploy/prepare-netboot.ts"
import {
  type BootByCommands,
  type BootLoaders,
  bootByCommands,
  commandsToType,
} from "./boot-loader.ts"
import { FitImage, prepareFit } from "./prepare-fit.ts"
import { type NetworkBoot, publishBoot } from "./publish.ts"
import type { BootWatch } from "./wait-for-system.ts"

/** What the commands that boot a device over the network may name beside what was deployed. */
export interface NetbootCommands {
  readonly architecture: LegacyImage["architecture"]
  /** Where a FIT image is loaded. */
  readonly fitAddress?: string | undefined
  /** Where the firmware's own device tree is, for jobs that bring none. */
  readonly firmwareDtb?: string | undefined
  /** The kernel's arguments: {BOOTARGS}. */
  readonly commandLine: string
  readonly placeholders?: Placeholders
}

/** Boots what was deployed by `tftpDeploy` or `nfsDeploy`, by typing to a boot loader that fetches it. */
export const networkBoot = (
  boot: BootByCommands,
  device: Device<BootLoaders>,
  watch: BootWatch,
  commands: NetbootCommands,
): Action<JobServices> => {
  const fit = commandsToType(boot, device).some((line) => line.includes("{FIT}"))
  return bootByCommands(boot, device, watch, [
    ...(fit ? [prepareFit(commands.architecture)] : []),
    publishBoot(
      "publish-boot-files",
      "offer the boot files to the boot loader",
      published(commands, fit),
    ),
  ])
}

/** What was deployed, as the boot loader gets it, and what its commands may name. */
const published = (
  { fitAddress, firmwareDtb, commandLine, placeholders }: NetbootCommands,
  fit: boolean,
): Effect.Effect<NetworkBoot, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const files = yield* findData(Netboot)
    const root = yield* findData(NfsRoot)
    const addresses = files?.method?.addresses
    return {
      kernel: files?.kernel,
      initrd: files?.ramdisk,
      dtb: files?.dtb,
      fit: fit ? yield* getData(FitImage) : undefined,
      commandLine,
      placeholders: {
        ...placeholders,
        KERNEL_ADDR: addresses?.kernel,
        RAMDISK_ADDR: addresses?.ramdisk,
        DTB_ADDR: addresses?.dtb,
        FIT_ADDR: fitAddress,
        BOOTX: files && bootCommand(files, firmwareDtb),
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
): string | undefined => {
  if (!method) return undefined
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
