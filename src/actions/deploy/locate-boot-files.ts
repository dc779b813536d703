import * as Effect from "effect/Effect"
import type * as z from "zod"
import type { Placeholders } from "../../core/lab/placeholders.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import type { DispatchError } from "../../core/pipeline/errors.ts"
import { dataKey, findData, getData, setData } from "../../core/pipeline/job-data.ts"
import type { LoadAddresses } from "../boot/boot-method.ts"
import { PublishedBoot } from "../boot/publish.ts"
import { Kernel } from "./install-kernel.ts"
import type { DiskLayout } from "./prepare-disk.ts"

/** {KERNEL}, {RAMDISK} and {DTB}, paths in the boot partition, and {BOOTARGS}. Left by `locateBootFiles`. */
const DeployedBoot = dataKey<Placeholders>("where the deployed system's kernel is")

/**
 * Notes where on the disk the boot loader finds the deployed system's kernel.
 *
 * @param commandLine what the kernel is to be told
 */
export const locateBootFiles = (
  { boot }: DiskLayout,
  commandLine: Effect.Effect<string, DispatchError, JobServices>,
): Action<JobServices> =>
  action({
    name: "locate-boot-files",
    description: "note where the boot loader finds kernel, initrd and device tree",
    timeoutSeconds: 30,
    run: Effect.gen(function* () {
      const { image, initrd, dtb } = yield* getData(Kernel)
      const inPartition = (path: string) => (boot ? path.replace(/^\/boot/, "") : path)
      yield* setData(DeployedBoot, {
        KERNEL: inPartition(image),
        RAMDISK: inPartition(initrd),
        DTB: dtb && inPartition(dtb),
        BOOTARGS: yield* commandLine,
      })
    }),
  })

/** Says what commands to the boot loader may name: {ROOT_PART}, {BOOT_PART}, {KERNEL_ADDR}, ... and what was deployed. */
export const nameBootFiles = (
  { root, boot = root }: DiskLayout,
  { bootz, booti, bootm }: z.output<typeof LoadAddresses>,
): Action<JobServices> =>
  action({
    name: "name-boot-files",
    description: `fill in what the commands name: boot partition ${boot.number}, root partition ${root.number}`,
    timeoutSeconds: 30,
    run: Effect.gen(function* () {
      const addresses = bootz ?? booti ?? bootm
      yield* setData(PublishedBoot, {
        ROOT_PART: String(root.number),
        BOOT_PART: String(boot.number),
        KERNEL_ADDR: addresses?.kernel,
        RAMDISK_ADDR: addresses?.ramdisk,
        DTB_ADDR: addresses?.dtb,
        ...(yield* findData(DeployedBoot)),
      })
    }),
  })
