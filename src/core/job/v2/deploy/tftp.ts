import * as z from "zod"
import { Artifact } from "../../../artifacts/artifact.ts"
import { rule } from "../../rule.ts"
import { nfsRootKeys } from "./nfs.ts"
import { os } from "./os.ts"

/** `deploy` with `to: tftp`: the boot loader fetches what it boots from the dispatcher's TFTP server. */
export const tftp = z
  .strictObject({
    os,
    kernel: Artifact.extend({
      type: z
        .enum(["image", "zimage", "uimage"])
        .describe(
          "What the file is, which tells how it is booted: an arm64 Image (booti), a zImage (bootz) or a uImage (bootm)",
        ),
    }).describe("The kernel"),
    ramdisk: Artifact.extend({
      "add-header": z
        .literal("u-boot")
        .optional()
        .describe("u-boot: give it the header that bootm of a uImage wants"),
    })
      .optional()
      .describe("The initial ramdisk; it goes to the device as it is, compressed or not"),
    dtb: Artifact.optional().describe("The device tree"),
    nfsrootfs: nfsRootKeys.nfsrootfs.optional(),
    modules: nfsRootKeys.modules,
  })
  .check(
    rule(({ value }, report) => {
      if (value["modules"] !== undefined && value["nfsrootfs"] === undefined) {
        report(["modules"], "go into the root file system on NFS, but the job has no nfsrootfs")
      }
    }),
  )
  .meta({
    title: "Deploy by TFTP",
    description:
      "Offers kernel, ramdisk and device tree to the device's boot loader by TFTP, and a root file system by NFS",
  })
