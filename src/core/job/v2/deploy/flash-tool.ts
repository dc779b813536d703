import * as z from "zod"
import { Artifact } from "../../../artifacts/artifact.ts"
import { openMapping } from "../../../source/open-mapping.ts"
import { docker } from "../docker.ts"
import { images, overlayKeys, plainImages } from "./images.ts"
import { deployKeys } from "./os.ts"

/** `deploy` with `to: fastboot`. */
export const fastboot = openMapping({
  ...deployKeys,
  images: images(
    Artifact.safeExtend({
      ...overlayKeys,
      sparse: z.boolean().optional().describe("Whether the image is a sparse one; true without it"),
      reboot: z
        .enum([
          "hard-reset",
          "fastboot-reboot",
          "fastboot-reboot-bootloader",
          "fastboot-reboot-fastboot",
        ])
        .optional()
        .describe("How the device is restarted once the image is written"),
    }),
  ).describe("Images by the partitions that they are written to"),
  docker: docker.optional().describe("Run fastboot in a container"),
  connection: z.literal("lxc").optional().describe("The container of older jobs"),
}).meta({ title: "Flash by fastboot", description: "Writes images to partitions by fastboot" })

/** `deploy` with `to: uuu`: images for NXP's flashing tool. */
export const uuu = openMapping({
  ...deployKeys,
  images: openMapping({
    boot: Artifact.safeExtend(overlayKeys).describe("What the device boots"),
  })
    .catchall(Artifact.safeExtend(overlayKeys))
    .describe("Images by their names"),
}).meta({ title: "Fetch for uuu", description: "Makes images ready for NXP's flashing tool" })

/** `deploy` with `to: qdl`: a build for Qualcomm's emergency download mode. */
export const qdl = openMapping({
  ...deployKeys,
  qcomflash: z
    .record(z.string(), z.unknown())
    .describe("The build: an archive of all that the tool writes"),
  uniquify: z.boolean().optional().describe("Whether each file gets a directory of its own"),
  rootfs_image: z.string().optional().describe("The root file system's image in the archive"),
  overlay_path: z.string().optional().describe("Where the tests are put in that image"),
}).meta({ title: "Fetch for qdl", description: "Makes a build ready for Qualcomm's qdl" })

/** `deploy` with `to: recovery`: images for a device in its recovery mode. */
export const recovery = openMapping({ ...deployKeys, images: plainImages }).meta({
  title: "Deploy in the recovery mode",
  description: "Makes images ready for commands that write them in the device's recovery mode",
})

/** `deploy` with `to: vemsd`: the configuration disk of a Versatile Express board. */
export const vemsd = openMapping({
  ...deployKeys,
  recovery_image: Artifact.describe("What the disk holds, a zip archive"),
}).meta({
  title: "Write a VEMSD",
  description: "Writes the configuration disk of a Versatile Express board",
})

/** `deploy` with `to: mps`: the disk of an Arm MPS board. */
export const mps = openMapping({
  ...deployKeys,
  images: images(
    Artifact.safeExtend({
      rename: z.string().optional().describe("The file's name on the disk"),
    }),
  ).describe("recovery_image: what the disk holds; test_binary, test_binary_0...: what is tested"),
}).meta({ title: "Write an MPS board's disk", description: "Writes the disk of an MPS board" })

/** `deploy` with `to: musca`: the disk of a Musca board. */
export const musca = openMapping({
  ...deployKeys,
  images: openMapping({ test_binary: Artifact.describe("What is tested") }).describe(
    "The image that is written",
  ),
}).meta({ title: "Write a Musca's disk", description: "Writes an image to a Musca board" })
