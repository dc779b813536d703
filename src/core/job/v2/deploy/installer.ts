import * as z from "zod"
import { Artifact } from "../../../artifacts/artifact.ts"
import { DiskDevice } from "./disk-device.ts"

const word = z.string().regex(/^[^\s]+$/, "expected one word")

/** `deploy` with `to: installer`: the device boots Debian's installer, which installs from a mirror. */
export const installer = z
  .strictObject({
    kernel: Artifact.describe("The installer's kernel"),
    ramdisk: Artifact.describe("The installer's initrd"),
    suite: word
      .optional()
      .describe("The release to install, as bookworm; the installer's own where nothing is said"),
    mirror: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("The mirror to install from; that of this machine's apt where nothing is said"),
    hostname: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*$/, "expected a host name of a-z, 0-9 and -")
      .default("installed")
      .describe("The name that the installed system gets"),
    root_password: word.describe("root's password in the installed system"),
    packages: z
      .array(word)
      .default([])
      .describe("Packages to install beside those that every Debian has"),
    disk: z
      .strictObject({
        device: DiskDevice.describe("The disk to install to, where it is not the device type's"),
      })
      .optional()
      .describe("Where to install"),
    preseed: z
      .array(z.string().min(1))
      .default([])
      .describe("Further answers to the installer, a line each; they replace ours"),
    kernel_args: z
      .string()
      .optional()
      .describe("Further kernel arguments of the installed system, after those of the device type"),
  })
  .meta({
    title: "Deploy by Debian's installer",
    description:
      "Boots the installer over the network with answers made for this job; it partitions the disk and installs from a mirror",
  })
