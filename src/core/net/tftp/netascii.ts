import { ServedFile } from "../served-file.ts"

/** Largest file that is converted: netascii is for texts, and the conversion is done in memory. */
export const NETASCII_LIMIT = 16 * 1024 * 1024

const CR = 0x0d
const LF = 0x0a

/** Bytes in the netascii form of RFC 764, as RFC 1350 wants it: LF becomes CR LF, CR becomes CR NUL. */
export const toNetascii = (bytes: Uint8Array): Uint8Array => {
  const ends = bytes.reduce((count, byte) => count + (byte === CR || byte === LF ? 1 : 0), 0)
  const converted = new Uint8Array(bytes.length + ends)
  let at = 0
  for (const byte of bytes) {
    converted[at++] = byte === LF ? CR : byte
    if (byte === LF) converted[at++] = LF
    else if (byte === CR) converted[at++] = 0
  }
  return converted
}

/** A file whose content is the netascii form of another's. The caller keeps to NETASCII_LIMIT. */
export const netasciiFile = (file: ServedFile): Promise<ServedFile> =>
  new Promise((resolve, reject) => {
    const bytes = Buffer.alloc(file.size)
    file.read([bytes], 0, (error, read) => {
      if (error !== undefined) return reject(error)
      const converted = toNetascii(bytes.subarray(0, read))
      resolve(new ServedFile(converted, converted.length))
    })
  })
