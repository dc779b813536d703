import * as z from "zod"
import { bootKeys, promptsForLogin } from "./login.ts"

/** `boot` with `method: pxe`: the firmware boots over the network what the last deploy published. */
export const pxe = z.strictObject(bootKeys).check(promptsForLogin).meta({
  title: "Boot by PXE",
  description:
    "Resets the device; its firmware boots the kernel, initrd and device tree that the last deploy published",
})
