import { openMapping } from "../../../source/open-mapping.ts"
import { containerKeys, dockerImage } from "../docker.ts"
import { deployKeys } from "./os.ts"

/** `deploy` with `to: docker`: the image of a container that is the device. */
export const docker = openMapping({
  ...deployKeys,
  image: dockerImage
    .transform((name) => ({ name }))
    .or(openMapping({ name: dockerImage, ...containerKeys }))
    .describe("The container's image"),
}).meta({ title: "Fetch a container", description: "Fetches the image of a container" })
