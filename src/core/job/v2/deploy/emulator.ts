import * as z from "zod"
import { Artifact } from "../../../artifacts/artifact.ts"
import { openMapping } from "../../../source/open-mapping.ts"
import { images, partitionKeys, plainImages } from "./images.ts"
import { deployKeys } from "./os.ts"

/** `deploy` with `to: tmpfs`: images for an emulator on this machine. */
export const tmpfs = openMapping({
  ...deployKeys,
  images: images(
    Artifact.extend({
      image_arg: z
        .string()
        .optional()
        .describe("The emulator's argument for the image, with {NAME} for its path"),
      format: z
        .unknown()
        .optional()
        .describe('"qcow2": the tests are put into a copy-on-write image'),
    }),
  ),
  type: z.literal("monitor").optional().describe("monitor: nothing but the console is watched"),
  uefi: Artifact.optional().describe("UEFI firmware for the emulator"),
}).meta({
  title: "Deploy to an emulator",
  description: "Makes images ready for an emulator on this machine",
})

/** `deploy` with `to: fvp`: images for an Arm Fixed Virtual Platform. */
export const fvp = openMapping({
  ...deployKeys,
  images: plainImages.describe("Images by their names, which the model's arguments have as {NAME}"),
  ramdisk: openMapping({
    install_overlay: z.boolean().optional().describe("Put the tests into the ramdisk"),
    compression: z.string().optional().describe("How the ramdisk is compressed"),
    header: z.literal("u-boot").optional().describe("u-boot: the ramdisk has U-Boot's header"),
  })
    .optional()
    .describe("What the ramdisk among the images is"),
  uniquify: z.boolean().optional().describe("Whether each file gets a directory of its own"),
}).meta({
  title: "Deploy to an FVP",
  description: "Makes images ready for a Fixed Virtual Platform",
})

/** `deploy` with `to: avh`: images for Arm Virtual Hardware. */
export const avh = openMapping({
  ...deployKeys,
  options: openMapping({
    model: z.string().describe("The model of the virtual device"),
    api_endpoint: z.string().optional().describe("Address of the service"),
    project: z.string().optional().describe("The project that the device is made in"),
  })
    .optional()
    .describe("The virtual device"),
  images: images(
    Artifact.extend({
      type: z.literal("image").optional().describe("image: the kernel is an Image"),
      format: z.unknown().optional().describe('"ext4": the tests are put into the image'),
      ...partitionKeys,
    }),
  ),
}).meta({
  title: "Deploy to Arm Virtual Hardware",
  description: "Makes a virtual device of the images",
})

/** `deploy` with `to: iso-installer`: QEMU runs an installer from its ISO image. */
export const isoInstaller = openMapping({
  ...deployKeys,
  images: openMapping({
    iso: Artifact.extend({
      image_arg: z.string().optional().describe("The emulator's argument for the image"),
    }).describe("The installer"),
    preseed: Artifact.describe("Answers to the installer"),
  }).describe("The installer and the answers to it"),
  iso: openMapping({
    installation_size: z.string().describe("Size of the disk to install to, as 2G"),
    kernel: z.string().optional().describe("The kernel's path in the ISO image"),
    initrd: z.string().optional().describe("The initrd's path in the ISO image"),
  }).describe("What is taken from the ISO image, and how large the disk is"),
}).meta({
  title: "Deploy by an installer in QEMU",
  description: "Runs an installer from its ISO image in QEMU",
})
