import * as z from "zod"
import { Artifact } from "../../../artifacts/artifact.ts"

/** `deploy` with `to: self-reboot`: a host that fetches its work installs what the job brings. */
export const selfRebootDeploy = z
  .strictObject({
    os: z
      .enum(["debian", "ubuntu"])
      .optional()
      .describe("The distribution of the host; Debian where nothing is said"),
    kernel: z
      .strictObject({
        packages: z
          .array(Artifact)
          .min(1)
          .describe("Debian packages, installed together by dpkg -i; one of them has the kernel"),
      })
      .optional()
      .describe(
        "A kernel to boot once, by `boot` with `method: self-reboot`; whatever becomes of it, the one after is the old one",
      ),
  })
  .meta({
    title: "Deploy to a host that fetches its work",
    description:
      "Waits, for days if need be, until the host has fetched the job and installed what it brings",
  })
