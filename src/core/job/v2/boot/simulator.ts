import * as z from "zod"
import { openMapping } from "../../../source/open-mapping.ts"
import { containerKeys, docker, dockerImage } from "../docker.ts"
import { bootKeys } from "./login.ts"

const text = z.string()

/** `boot` with `method: fvp`: Arm's Fixed Virtual Platform in a container. */
export const fvp = openMapping({
  ...bootKeys,
  image: text.describe("The model's program in the container"),
  arguments: z.array(text).describe("Arguments of the model"),
  console_string: text.describe("What the model prints of the console's port, with a group PORT"),
  docker: openMapping({ name: dockerImage, ...containerKeys }).describe("The model's container"),
  use_telnet: z.boolean().optional().describe("Whether the console is reached by telnet"),
  feedbacks: z
    .array(text)
    .optional()
    .describe("What the model prints of further consoles' ports, with groups NAME and PORT"),
  license_variable: text.optional().describe("The licence server, as VARIABLE=VALUE"),
  ubl_license: text.optional().describe("A user based licence's code"),
  version_string: text.optional().describe("What the model prints as its version"),
}).meta({ title: "Boot an FVP", description: "Starts a Fixed Virtual Platform in a container" })

/** `boot` with `method: avh`: Arm Virtual Hardware. */
export const avh = openMapping({
  ...bootKeys,
  prompts: bootKeys.prompts
    .unwrap()
    .describe("The shell's prompts, regular expressions: any of them says that it has booted"),
  bootargs: openMapping({
    normal: text.optional().describe("Kernel arguments"),
    restore: text.optional().describe("Kernel arguments of a restore"),
  })
    .optional()
    .describe("Kernel arguments"),
  docker: docker.optional().describe("Run the client in a container"),
}).meta({
  title: "Boot Arm Virtual Hardware",
  description: "Starts the virtual device that the last deploy has made",
})

/** `boot` with `method: musca`. */
export const musca = openMapping(bootKeys).meta({
  title: "Boot a Musca",
  description: "Starts a Musca board with the image of the last deploy",
})

/** `boot` with `method: monitor`: QEMU for tests that only watch its console. */
export const monitor = openMapping(bootKeys).meta({
  title: "Boot for monitors",
  description: "Starts the emulator for tests that watch its console",
})

/** `boot` with `method: ser_ctl`: the console's control lines. */
export const serialControl = openMapping({
  ...bootKeys,
  action: text.optional().describe("What to do with the console's control lines"),
}).meta({
  title: "Switch the console's control lines",
  description: "Switches control lines of the device's serial console",
})
