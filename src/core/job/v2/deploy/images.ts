import * as z from "zod"
import { Artifact } from "../../../artifacts/artifact.ts"
import { slip } from "../../../source/severity.ts"

/** `images` of a deploy: files by the names that commands and later actions give them, one at least. */
export const images = <T extends z.ZodType>(artifact: T) =>
  z
    .record(z.string(), artifact)
    .refine((all) => Object.keys(all).length > 0, { error: "expected at least one image" })
    .meta({ minProperties: 1 })
    .describe("Images by their names")

/** An image whose name a command has as a placeholder: {U_BOOT} of u-boot. */
export const imageName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, slip("expected a name of letters, digits, - and _"))

/** What an image of a device's storage may say beside where it is. */
export const partitionKeys = {
  root_partition: z
    .int()
    .min(0)
    .optional()
    .describe("Number of the image's partition that has the root file system"),
}

/** What an image may say that the tests are put into. */
export const overlayKeys = {
  ...partitionKeys,
  "apply-overlay": z.boolean().optional().describe("Put the tests into this image"),
}

/** An image as it is. */
export const plainImages = images(Artifact).describe("Images by their names")
