import { crc32 } from "node:zlib"

/**
 * U-Boot's environment as it lies in memory that keeps its contents: a CRC-32 in the board's (little) byte
 * order, then NAME=value strings each ended by a zero byte; U-Boot's env/common.c.
 */
export function uBootEnvironment(
  variables: Readonly<Record<string, string>>,
  size: number,
): Buffer {
  const image = Buffer.alloc(size)
  const text = Object.entries(variables).map(([name, value]) => `${name}=${value}\0`)
  image.write(text.join(""), 4, "latin1")
  image.writeUInt32LE(crc32(image.subarray(4)), 0)
  return image
}
