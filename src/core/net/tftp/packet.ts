/** A TFTP option as it stands in a packet: name and value, both text. */
export type TftpOption = readonly [name: string, value: string]

/** A TFTP packet (RFC 1350; OACK and options of requests: RFC 2347). */
export type TftpPacket =
  | {
      readonly type: "RRQ" | "WRQ"
      readonly filename: string
      readonly mode: string
      readonly options: ReadonlyArray<TftpOption>
    }
  | { readonly type: "DATA"; readonly block: number; readonly data: Uint8Array }
  | { readonly type: "ACK"; readonly block: number }
  | { readonly type: "ERROR"; readonly code: number; readonly message: string }
  | { readonly type: "OACK"; readonly options: ReadonlyArray<TftpOption> }

/** Operation codes, the first two bytes of a packet (RFC 1350 section 5, RFC 2347). */
export const Opcode = { RRQ: 1, WRQ: 2, DATA: 3, ACK: 4, ERROR: 5, OACK: 6 } as const

/** Error codes (RFC 1350 appendix, 8 from RFC 2347). */
export const ErrorCode = {
  undefined: 0,
  fileNotFound: 1,
  accessViolation: 2,
  illegalOperation: 4,
  optionRefused: 8,
} as const

/** The bytes of a packet. Strings must not contain NUL. */
export const encode = (packet: TftpPacket): Buffer => {
  switch (packet.type) {
    case "RRQ":
    case "WRQ":
      return join(
        Opcode[packet.type],
        strings([packet.filename, packet.mode, ...packet.options.flat()]),
      )
    case "DATA":
      return join(Opcode.DATA, number(packet.block), packet.data)
    case "ACK":
      return join(Opcode.ACK, number(packet.block))
    case "ERROR":
      return join(Opcode.ERROR, number(packet.code), strings([packet.message]))
    case "OACK":
      return join(Opcode.OACK, strings(packet.options.flat()))
  }
}

/**
 * Reads a packet; undefined if it is none. Lenient where devices are careless: bytes after the end are
 * ignored, and so are an option without a value and padding after the options of a request.
 */
export const decode = (bytes: Uint8Array): TftpPacket | undefined => {
  const packet = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (packet.length < 4) return undefined
  switch (packet.readUInt16BE(0)) {
    case Opcode.RRQ:
      return request("RRQ", packet)
    case Opcode.WRQ:
      return request("WRQ", packet)
    case Opcode.DATA:
      return { type: "DATA", block: packet.readUInt16BE(2), data: packet.subarray(4) }
    case Opcode.ACK:
      return { type: "ACK", block: packet.readUInt16BE(2) }
    case Opcode.ERROR: {
      const message = splitStrings(packet.subarray(4))[0] ?? ""
      return { type: "ERROR", code: packet.readUInt16BE(2), message }
    }
    case Opcode.OACK:
      return { type: "OACK", options: pairs(splitStrings(packet.subarray(2))) }
    default:
      return undefined
  }
}

const request = (type: "RRQ" | "WRQ", packet: Buffer): TftpPacket | undefined => {
  const [filename, mode, ...rest] = splitStrings(packet.subarray(2))
  if (filename === undefined || filename === "" || mode === undefined) return undefined
  return { type, filename, mode, options: pairs(rest) }
}

const pairs = (texts: ReadonlyArray<string>): ReadonlyArray<TftpOption> => {
  const options: Array<TftpOption> = []
  for (let i = 0; i + 1 < texts.length; i += 2) {
    const name = texts[i]
    const value = texts[i + 1]
    if (name === undefined || name === "" || value === undefined) break
    options.push([name, value])
  }
  return options
}

/** The texts that are ended by NUL; what follows the last NUL is not one. */
const splitStrings = (bytes: Buffer): ReadonlyArray<string> =>
  bytes.toString("utf8").split("\0").slice(0, -1)

const strings = (texts: ReadonlyArray<string>): Buffer =>
  Buffer.from(texts.map((text) => `${text}\0`).join(""), "utf8")

const number = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff])

const join = (opcode: number, ...parts: ReadonlyArray<Uint8Array>): Buffer =>
  Buffer.concat([number(opcode), ...parts])
