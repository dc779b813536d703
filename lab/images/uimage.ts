/**
 * uimage.ts ZIMAGE ADDRESS OUTPUT: turn an ARM zImage that is compressed with XZ into a U-Boot image
 * that is not compressed, to be loaded and entered at ADDRESS. The emulated board takes 3 s to unpack XZ, 1.5 s to
 * unpack LZ4 and 0.2 s to load the more bytes, and every test boots the master image.
 */
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { crc32 } from "node:zlib"

const [zImage = "", address = "", output = ""] = process.argv.slice(2)
const kernel = withoutDomainWrites(unpack(readFileSync(zImage)))
writeFileSync(output, Buffer.concat([header(kernel, Number(address)), kernel]))

/** The kernel that a zImage unpacks when it is started: the last XZ stream in it. */
function unpack(image: Buffer): Buffer {
  const start = image.lastIndexOf(Buffer.from("\xfd7zXZ\0", "latin1"))
  if (start < 0) throw new Error(`${zImage} has no XZ stream in it`)
  return execFileSync("xz", ["-dc", "--single-stream"], {
    input: image.subarray(start),
    maxBuffer: 2 ** 28,
  })
}

/**
 * Leave the user's memory open to the kernel for good. Debian's kernel opens and closes it around every
 * access (CONFIG_CPU_SW_DOMAIN_PAN) by a write to the domain register, for which QEMU forgets all address
 * translations: half of the emulated board's time. Without the one place where the register is first set
 * the kernel is left as it is: slow, but right.
 */
function withoutDomainWrites(kernel: Buffer): Buffer {
  const noAccess = 0xe3a05051 // mov r5, #0x51: as head.S sets the domains at first
  const userAccess = 0xe3a05055
  const setDomains = 0xee035f10 // mcr p15, 0, r5, c3, c0, 0
  const nop = 0x01a00000 // mov r0, r0, without its condition
  const words = new Uint32Array(kernel.buffer, kernel.byteOffset, Math.floor(kernel.length / 4))
  const first = words.findIndex(
    (word, i) => word === setDomains && words[i - 1] === noAccess && words[i - 2] === 0xe3c00002,
  )
  if (first < 0) return kernel
  words[first - 1] = userAccess
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? 0
    const setsDomains = (word & 0x0fff0fff) === 0x0e030f10
    if (setsDomains && i !== first) words[i] = ((word & 0xf0000000) | nop) >>> 0
  }
  return kernel
}

/** U-Boot's image header, `struct legacy_img_hdr` of include/image.h: all numbers big-endian. */
function header(data: Buffer, load: number): Buffer {
  const bytes = Buffer.alloc(64)
  bytes.writeUInt32BE(0x27051956, 0)
  bytes.writeUInt32BE(data.length, 12)
  bytes.writeUInt32BE(load, 16)
  bytes.writeUInt32BE(load, 20)
  bytes.writeUInt32BE(crc32(data), 24)
  bytes.set([5, 2, 2, 0], 28) // Linux, ARM, kernel, not compressed
  bytes.write("Linux", 32)
  bytes.writeUInt32BE(crc32(bytes), 4)
  return bytes
}
