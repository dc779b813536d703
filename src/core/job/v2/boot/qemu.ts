import * as z from "zod"
import { openMapping } from "../../../source/open-mapping.ts"
import { containerKeys, dockerImage } from "../docker.ts"
import { bootKeys, promptsForLogin } from "./login.ts"

const connection = z.literal("serial").optional().describe("The emulator's serial console")

/** `boot` with `method: qemu`: the emulator is started, its console is the device's. */
export const qemu = openMapping({
  connection,
  media: z.literal("tmpfs").optional().describe("Where the images are: with the dispatcher"),
  docker: openMapping({
    image: dockerImage,
    binary: z.string().optional().describe("The emulator's program in the container"),
    ...containerKeys,
  })
    .optional()
    .describe("Run the emulator in a container"),
  ...bootKeys,
})
  .check(promptsForLogin)
  .meta({ title: "Boot QEMU", description: "Starts QEMU with the images of the last deploy" })

/** `boot` with `method: qemu-nfs`: as `qemu`, with the root file system on NFS. */
export const qemuNfs = openMapping({ connection, ...bootKeys })
  .check(promptsForLogin)
  .meta({
    title: "Boot QEMU from NFS",
    description: "Starts QEMU with its root file system on NFS",
  })

/** `boot` with `method: qemu-iso`: QEMU boots what an installer has installed. */
export const qemuIso = openMapping({
  media: z.literal("img").describe("The disk image that was installed to"),
  connection: z.unknown().optional().describe("The emulator's serial console"),
  ...bootKeys,
})
  .check(promptsForLogin)
  .meta({
    title: "Boot QEMU after an installation",
    description: "Starts QEMU from the disk that iso-installer has installed to",
  })
