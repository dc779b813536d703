import * as z from "zod"
import { Artifact } from "../../../artifacts/artifact.ts"
import { openMapping } from "../../../source/open-mapping.ts"
import { slip } from "../../../source/severity.ts"
import { imageName } from "./images.ts"
import { deployKeys } from "./os.ts"

/** `deploy` with `to: flasher`: the lab's own commands write images to the device. */
export const flasher = openMapping({
  ...deployKeys,
  images: z
    .record(imageName, Artifact)
    .refine((all) => Object.keys(all).length > 0, slip("expected at least one image"))
    .meta({ minProperties: 1 })
    .describe("Images by their names: the lab's commands have the path of u-boot as {U_BOOT}"),
}).meta({
  title: "Deploy by the lab's flash commands",
  description:
    "Gives the device a firmware of the job's by commands of the lab file; it gets its own back when the job ends",
})
