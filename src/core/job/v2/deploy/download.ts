import * as z from "zod"
import { openMapping } from "../../../source/open-mapping.ts"
import { docker } from "../docker.ts"
import { plainImages } from "./images.ts"
import { deployKeys } from "./os.ts"

/** `deploy` with `to: download`: images are fetched for a later action. */
export const download = openMapping({ ...deployKeys, images: plainImages }).meta({
  title: "Fetch images",
  description: "Fetches images for a later action",
})

/** `deploy` with `to: downloads`: files are fetched, and may be worked on, for later actions to name. */
export const downloads = openMapping({
  ...deployKeys,
  images: plainImages.describe("Files by their names; later actions name them as downloads://FILE"),
  uniquify: z.boolean().optional().describe("Whether each file gets a directory of its own"),
  postprocess: openMapping({
    docker: docker
      .safeExtend({ steps: z.array(z.string()).describe("Shell commands, a line each") })
      .describe("The container that works on the files"),
  })
    .optional()
    .describe("What is done with the files once they are there"),
}).meta({
  title: "Fetch files",
  description: "Fetches files, and works on them in a container where the job says so",
})
