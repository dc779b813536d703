/**
 * What a device is to boot from the network. `kernel`, `initrd` and `dtb` are names of files published
 * with it; `commandLine` is the kernel's.
 */
export interface NetworkEntry {
  readonly kernel: string
  readonly initrd?: string
  readonly dtb?: string
  readonly commandLine: string
}

/** What a device's firmware is told when it asks the network: a system to fetch, or to boot its own disk. */
export type BootEntry = NetworkEntry | "local"

/**
 * Why a kernel command line cannot be written into a boot configuration, as the rest of a sentence, or
 * undefined if it can. Line ends would begin a new directive; PXELINUX has no way to quote them.
 * iPXE ends a command at the words `||`, `&&` and `;`, takes words that begin with `#` for comments,
 * and, like U-Boot, replaces `${name}` by a setting of its own.
 */
export const commandLineFault = (commandLine: string): string | undefined => {
  const control = /[\x00-\x08\x0a-\x1f\x7f]/.exec(commandLine)
  if (control) return `has the control character ${JSON.stringify(control[0])}`
  if (commandLine.includes("${"))
    return "has ${, which boot loaders replace by a variable of theirs"
  const word = commandLine.split(/\s+/).find((w) => /^(\|\||&&|;|#.*)$/.test(w))
  if (word !== undefined) return `has the word ${word}, which iPXE takes for the end of the command`
  return undefined
}

const lines = (parts: ReadonlyArray<string | false>): string =>
  parts.filter((part) => part !== false).join("\n") + "\n"

/**
 * A PXELINUX configuration with one entry, started without asking. U-Boot's `pxe get` reads the same
 * format (doc/README.pxe); it waits at a `menu` line, so there is none, and `fdt` is its own.
 * `path` makes the path that the boot loader asks for out of a published name.
 */
export const pxelinuxConfig = (entry: BootEntry, path: (name: string) => string): string =>
  lines([
    "default job",
    "prompt 0",
    "label job",
    ...(entry === "local" ? ["  localboot 0"] : networkLines(entry, path)),
  ])

const networkLines = (entry: NetworkEntry, path: (name: string) => string) => [
  `  kernel ${path(entry.kernel)}`,
  entry.initrd !== undefined && `  initrd ${path(entry.initrd)}`,
  entry.dtb !== undefined && `  fdt ${path(entry.dtb)}`,
  entry.commandLine !== "" && `  append ${entry.commandLine}`,
]

/**
 * An iPXE script that boots the entry. `url` makes the URL of a published name. The kernel finds the
 * initrd by its name under UEFI, hence `initrd=`; under a BIOS that word means nothing to it.
 */
export const ipxeScript = (entry: BootEntry, url: (name: string) => string): string =>
  entry === "local" ? localScript : networkScript(entry, url)

/** A BIOS boots its first disk; UEFI goes on to what comes next in its boot order. */
const localScript = lines([
  "#!ipxe",
  "iseq ${platform} pcbios && sanboot --no-describe --drive 0x80 ||",
  "exit",
])

const networkScript = (entry: NetworkEntry, url: (name: string) => string): string =>
  lines([
    "#!ipxe",
    [
      `kernel ${url(entry.kernel)}`,
      ...(entry.initrd === undefined ? [] : ["initrd=initrd.img"]),
      entry.commandLine,
    ]
      .join(" ")
      .trimEnd(),
    entry.initrd !== undefined && `initrd --name initrd.img ${url(entry.initrd)}`,
    entry.dtb !== undefined && `fdt ${url(entry.dtb)}`,
    "boot",
  ])

/**
 * The script that iPXE runs first, the same for every device: it goes on to the script of the device's
 * own job, by the MAC of the interface that it came through (`netX`).
 * `origin` is the server's own scheme, address and port, such as "tftp://10.0.2.2:6969".
 */
export const firstStageScript = (origin: string): string =>
  lines(["#!ipxe", `chain ${origin}/ipxe/\${netX/mac:hexhyp}.ipxe`])
