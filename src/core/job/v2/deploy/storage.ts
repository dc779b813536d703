import * as z from "zod"
import { Artifact } from "../../../artifacts/artifact.ts"
import { openMapping } from "../../../source/open-mapping.ts"
import { rule } from "../../rule.ts"
import { partitionKeys } from "./images.ts"
import { deployKeys } from "./os.ts"

const tool = (purpose: string) =>
  openMapping({
    tool: z.string().describe("Path of the program on the device"),
    options: z.string().describe("Its arguments, with placeholders such as {DOWNLOAD_URL}"),
    prompt: z.string().describe("What it prints when it goes, a regular expression"),
  })
    .optional()
    .describe(purpose)

const storage = openMapping({
  ...deployKeys,
  image: Artifact.optional().describe("What is written"),
  images: openMapping({ image: Artifact.describe("What is written") })
    .catchall(Artifact)
    .optional()
    .describe("What is written, and files beside it, as a map of its blocks"),
  device: z.string().describe("The disk, by its name in the device's description"),
  download: tool("The program on the device that fetches the image"),
  writer: tool("The program on the device that fetches and writes the image"),
  tool: openMapping({
    prompts: z.array(z.string()).describe("What it prints, regular expressions"),
  })
    .optional()
    .describe("What the writing program prints"),
  uniquify: z.boolean().optional().describe("Whether each file gets a directory of its own"),
}).check(
  rule(({ value }, report) => {
    if (value["image"] !== undefined && value["images"] !== undefined) {
      report(["images"], "cannot stand beside `image`: give one of them")
    }
  }),
)

const writtenTo = (what: string) =>
  storage.meta({
    title: `Write to ${what}`,
    description: `A system that runs on the device writes an image to its ${what}`,
  })

/** `deploy` with `to: usb`. */
export const usb = writtenTo("USB disk")

/** `deploy` with `to: sata`. */
export const sata = writtenTo("SATA disk")

/** `deploy` with `to: sd`. */
export const sd = writtenTo("SD card")

/** `deploy` with `to: u-boot-ums`: U-Boot shows the device's storage as a USB disk of this machine. */
export const uBootUms = openMapping({
  ...deployKeys,
  image: Artifact.safeExtend(partitionKeys).describe("What is written"),
}).meta({
  title: "Write by U-Boot's ums",
  description: "Writes an image to storage that U-Boot shows as a USB disk",
})

/** `deploy` with `to: usbg-ms`: this machine is the USB disk that the device boots from. */
export const usbgMs = openMapping({
  ...deployKeys,
  image: Artifact.describe("What the device boots from"),
}).meta({
  title: "Be the device's USB disk",
  description: "Offers an image to the device as a USB disk",
})
