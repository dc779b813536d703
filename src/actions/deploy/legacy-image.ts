import { createReadStream } from "node:fs"
import { open } from "node:fs/promises"
import { crc32 } from "node:zlib"

/** The processors that U-Boot's images can be for, by U-Boot's names. */
export const architectures = ["arm", "arm64", "mips", "powerpc", "riscv", "x86"] as const

/** Their numbers in an image's header: IH_ARCH_* of U-Boot's include/image.h. */
const architectureNumbers = { arm: 2, arm64: 22, mips: 5, powerpc: 7, riscv: 26, x86: 3 } as const

/** What an image's header says of what follows it. */
export interface LegacyImage {
  readonly architecture: (typeof architectures)[number]
  readonly kind: "kernel" | "ramdisk"
  /** Where U-Boot puts it, and enters it if it is a kernel. */
  readonly load: number
}

const kinds = { kernel: 2, ramdisk: 3 } as const

/**
 * Writes a file with the header that makes it a uImage, U-Boot's legacy image: `struct legacy_img_hdr` of its
 * include/image.h, 64 bytes, all numbers big-endian.
 */
export const writeLegacyImage = async (
  from: string,
  to: string,
  { architecture, kind, load }: LegacyImage,
): Promise<void> => {
  await using file = await open(to, "w")
  const header = Buffer.alloc(64)
  let size = 0
  let sum = 0
  for await (const chunk of createReadStream(from) as AsyncIterable<Buffer>) {
    await file.write(chunk, 0, chunk.length, header.length + size)
    size += chunk.length
    sum = crc32(chunk, sum)
  }
  header.writeUInt32BE(0x27051956, 0)
  header.writeUInt32BE(Math.floor(Date.now() / 1000), 8)
  header.writeUInt32BE(size, 12)
  header.writeUInt32BE(load, 16)
  header.writeUInt32BE(load, 20)
  header.writeUInt32BE(sum, 24)
  header.set([5, architectureNumbers[architecture], kinds[kind], 0], 28) // Linux; not compressed, as far as U-Boot goes
  header.write(kind, 32)
  header.writeUInt32BE(crc32(header), 4)
  await file.write(header, 0, header.length, 0)
}
