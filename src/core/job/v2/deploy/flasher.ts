import * as z from "zod"
import { Artifact } from "../../../artifacts/artifact.ts"
import { os } from "./os.ts"

/** `deploy` with `to: flasher`: the lab's own commands write images to the device. */
export const flasher = z
  .strictObject({
    os,
    images: z
      .record(
        z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/, "expected a name of letters, digits, - and _"),
        Artifact,
      )
      .refine((images) => Object.keys(images).length > 0, { error: "expected at least one image" })
      .meta({ minProperties: 1 })
      .describe("Images by their names: the lab's commands have the path of u-boot as {U_BOOT}"),
  })
  .meta({
    title: "Deploy by the lab's flash commands",
    description:
      "Gives the device a firmware of the job's by commands of the lab file; it gets its own back when the job ends",
  })
