/** A regular file of an archive. */
export interface CpioFile {
  /** Path without the first slash: "preseed.cfg". */
  readonly path: string
  readonly content: string
  /** Permissions, as 0o600. */
  readonly mode: number
}

/**
 * A cpio archive as Linux unpacks it from an initrd, root's files only. Put behind another archive, it adds its files to that
 * one's. Format "newc": Linux, Documentation/driver-api/early-userspace/buffer-format.rst.
 */
export const cpio = (files: ReadonlyArray<CpioFile>): Buffer =>
  Buffer.concat([
    ...files.map(({ path, content, mode }, index) =>
      entry(path, Buffer.from(content), 0o100000 | mode, index + 1),
    ),
    entry("TRAILER!!!", Buffer.alloc(0), 0, 0),
  ])

const entry = (path: string, content: Buffer, mode: number, inode: number): Buffer => {
  const name = Buffer.from(`${path}\0`)
  const links = 1
  // Inode, mode, user, group, links, time, size, device and special device by major and minor, length of the name, checksum.
  const numbers = [inode, mode, 0, 0, links, 0, content.length, 0, 0, 0, 0, name.length, 0]
  const header = `070701${numbers.map((number) => number.toString(16).padStart(8, "0")).join("")}`
  return Buffer.concat([aligned(Buffer.concat([Buffer.from(header), name])), aligned(content)])
}

const aligned = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])
