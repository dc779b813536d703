import * as z from "zod"
import { openMapping } from "../../source/open-mapping.ts"

/** The name of a container image. */
export const dockerImage = z
  .string()
  .regex(
    /^[a-z0-9]+[a-z0-9._/:-]*[a-z0-9]+(:[a-zA-Z0-9_]+[a-zA-Z0-9._-]*)?$/,
    'expected the name of a container image, as "debian:bookworm"',
  )
  .describe("The container's image")

/** What a container may be told beside its image. */
export const containerKeys = {
  local: z.boolean().optional().describe("Use the image that this machine has; pull none"),
  container_name: z.string().optional().describe("Name of the container"),
  network_from: z
    .string()
    .optional()
    .describe("Use the network of the container of this namespace's"),
}

/** `docker`: the container that something is done in. */
export const docker = openMapping({ image: dockerImage, ...containerKeys }).meta({
  id: "docker",
  description: "A container",
})
