import * as z from "zod"
import { Artifact } from "../../../artifacts/artifact.ts"
import { openMapping } from "../../../source/open-mapping.ts"
import { unsupported } from "../../../source/severity.ts"
import { narrowerThan, notHere } from "../../../source/support.ts"
import { refused } from "../../refused.ts"
import { rule } from "../../rule.ts"
import { nfsRootKeys } from "./nfs.ts"
import { deployKeys } from "./os.ts"

/** A kernel that a boot loader loads. */
export const Kernel = Artifact.safeExtend({
  type: z
    .enum(["image", "zimage", "uimage"], { error: narrowerThan(z.undefined()) })
    .describe(
      "What the file is, which tells how it is booted: an arm64 Image (booti), a zImage (bootz) or a uImage (bootm)",
    ),
})

const uBootHeader = z
  .literal("u-boot")
  .optional()
  .describe("u-boot: give it the header that bootm of a uImage wants")

const ramdiskIsKept = "the ramdisk goes to the device as it is"

const notUsed = (what: string) => notHere(Artifact, `${what} cannot be had`)

/** `deploy` with `to: tftp`: the boot loader fetches what it boots from the dispatcher's TFTP server. */
export const tftp = openMapping({
  ...deployKeys,
  kernel: Kernel.describe("The kernel"),
  ramdisk: Artifact.safeExtend({
    "add-header": uBootHeader,
    header: notHere(z.literal("u-boot"), `${ramdiskIsKept}: leave \`header\` away`).describe(
      "u-boot: it has U-Boot's header already",
    ),
    install_modules: notHere(z.boolean(), ramdiskIsKept, Boolean).describe(
      "Whether the modules are put into it",
    ),
    install_overlay: notHere(z.boolean(), ramdiskIsKept, Boolean).describe(
      "Whether the tests are put into it",
    ),
  })
    .optional()
    .describe("The initial ramdisk; it goes to the device as it is, compressed or not"),
  dtb: Artifact.optional().describe("The device tree"),
  dtbo: refused(unsupported("device tree overlays cannot be had")),
  tee: notUsed("a trusted execution environment").describe("The trusted execution environment"),
  preseed: notUsed("an installer's answers").describe("Answers to an installer"),
  extra_files: refused(unsupported("further files are not offered")),
  nfsrootfs: nfsRootKeys.nfsrootfs.optional(),
  modules: nfsRootKeys.modules,
  persistent_nfs: notHere(
    openMapping({
      address: z.string().describe("The export, as SERVER:PATH"),
      install_overlay: z.boolean().optional().describe("Whether the tests are put into it"),
    }),
    "a root file system on another NFS server cannot be had: give nfsrootfs",
  ).describe("A root file system on NFS that is kept, on another server"),
})
  .check(
    rule(({ value }, report) => {
      if (value["nfsrootfs"] !== undefined && value["persistent_nfs"] !== undefined) {
        report(["persistent_nfs"], "cannot stand beside nfsrootfs: give one of them")
      }
      if (value["modules"] !== undefined && value["nfsrootfs"] === undefined) {
        report(
          ["modules"],
          unsupported("go into the root file system on NFS, but the job has no nfsrootfs"),
        )
      }
    }),
  )
  .meta({
    title: "Deploy by TFTP",
    description:
      "Offers kernel, ramdisk and device tree to the device's boot loader by TFTP, and a root file system by NFS",
  })
