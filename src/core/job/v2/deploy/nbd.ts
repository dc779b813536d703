import { Artifact } from "../../../artifacts/artifact.ts"
import { openMapping } from "../../../source/open-mapping.ts"
import { deployKeys } from "./os.ts"
import { Kernel } from "./tftp.ts"

/** `deploy` with `to: nbd`: the boot files come by TFTP, the root file system as a network block device. */
export const nbd = openMapping({
  ...deployKeys,
  kernel: Kernel.describe("The kernel"),
  initrd: Artifact.describe("The initial ramdisk, which connects the block device"),
  nbdroot: Artifact.describe("The root file system, an image"),
  dtb: Artifact.optional().describe("The device tree"),
}).meta({
  title: "Deploy by NBD",
  description: "Offers boot files by TFTP and the root file system as a network block device",
})
