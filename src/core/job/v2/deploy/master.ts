import * as z from "zod"
import { Artifact } from "../../../artifacts/artifact.ts"
import { DiskDevice } from "./disk-device.ts"
import { os } from "./os.ts"

/** `deploy` with `to: master`: the device boots a master image, which installs the system on its disk. */
export const master = z
  .strictObject({
    os,
    rootfs: Artifact.describe("The root file system, a tar archive"),
    kernel: z
      .strictObject({
        packages: z
          .array(Artifact)
          .min(1)
          .describe("Debian packages, installed in this order by dpkg -i in the root file system"),
      })
      .optional()
      .describe("The kernel to install; without it the root file system's own is booted"),
    dtb: z
      .string()
      .min(1)
      .optional()
      .describe(
        "File name of the device tree in the kernel package, where it is not the device type's: imx6q-wandboard.dtb",
      ),
    kernel_args: z
      .string()
      .optional()
      .describe("Further kernel arguments, after those of the device type"),
    root: z
      .string()
      .regex(/^(uuid|\/dev\/\S+)$/, 'expected "uuid" or a device such as "/dev/sda2"')
      .optional()
      .describe(
        'How the kernel is told its root file system: "uuid" (where nothing is said) or a device path',
      ),
    disk: z
      .strictObject({
        device: DiskDevice.optional().describe(
          "The disk to partition, where it is not the device type's",
        ),
        filesystem: z
          .enum(["ext2", "ext3", "ext4", "btrfs", "xfs"])
          .optional()
          .describe("The kind of file system to make on it; ext4 where nothing is said"),
      })
      .optional()
      .describe("How to partition and format"),
    transfer_method: z
      .enum(["http", "netcat"])
      .default("http")
      .describe("How the master fetches the root file system from the dispatcher"),
  })
  .meta({
    title: "Deploy by a master image",
    description:
      "Boots a master image over the network, formats the disk, unpacks the root file system, installs the kernel packages and publishes the boot files",
  })
