import * as z from "zod"
import { ConfigurationError } from "../../core/pipeline/errors.ts"

/** An address in a board's memory. */
export const MemoryAddress = z
  .string()
  .regex(/^0x[0-9a-fA-F]+$/, 'expected an address in hexadecimal, as "0x42000000"')

const Addresses = z.strictObject({
  kernel: MemoryAddress.describe("{KERNEL_ADDR}"),
  ramdisk: MemoryAddress.describe("{RAMDISK_ADDR}"),
  dtb: MemoryAddress.describe("{DTB_ADDR}"),
})

/** Where in a board's memory what it boots is loaded, by the U-Boot command that boots it: LAVA's `parameters`. */
export const LoadAddresses = z
  .strictObject({
    bootz: Addresses.optional().describe("For a zImage, the kernel of 32-bit ARM"),
    booti: Addresses.optional().describe("For an Image, the kernel of arm64 and RISC-V"),
    bootm: Addresses.optional().describe("For a uImage; one is made of a kernel of another type"),
  })
  .refine(({ bootz, booti, bootm }) => bootz ?? booti ?? bootm, {
    error: "expected the load addresses for bootz, booti or bootm",
  })

/** How U-Boot boots a kernel. */
export interface BootMethod {
  readonly command: "bootz" | "booti" | "bootm"
  readonly addresses: z.output<typeof Addresses>
}

const commands = { zimage: "bootz", image: "booti", uimage: "bootm" } as const

/**
 * The command that boots a kernel of a type: the type's own, or bootm, for which a uImage is made of it.
 * Throws ConfigurationError where the board has neither.
 */
export const bootMethod = (
  type: keyof typeof commands,
  loadAddresses: z.output<typeof LoadAddresses>,
): BootMethod => {
  for (const command of [commands[type], "bootm"] as const) {
    const addresses = loadAddresses[command]
    if (addresses) return { command, addresses }
  }
  const known = Object.keys(loadAddresses).join(", ")
  throw new ConfigurationError({
    message: `the board cannot boot a kernel of the type ${type}: its load_addresses are for ${known}, neither for ${commands[type]} nor for bootm`,
  })
}
