/** A kind of machine that the lab can plug in, and how QEMU emulates it. */
export interface Machine {
  readonly deviceType: string
  readonly tags: ReadonlyArray<string>
  readonly mac?: string
  /** What the console looks like to the host: a serial device, a telnet server, or a login in the machine. */
  readonly console: "serial" | "telnet" | "ssh"
  /** What its firmware boots, by the name on the dispatcher's TFTP server, where it has to be told by DHCP. */
  readonly bootFile?: string
  /** What is different from its device type's parameters. */
  readonly parameters?: Readonly<Record<string, unknown>>
  /** `lab flash` can give it another firmware: that of the socket. */
  readonly takesFirmware?: true
  /** Size of the disk in bytes, where it is more than a copied file; it takes room only for what is written. */
  readonly disk?: number
  /** Files that are copied into the machine's directory when it is plugged in, from these paths. */
  readonly copies?: Readonly<Record<string, string>>
  /** QEMU's program for it. */
  readonly emulator: string
  /** The program's options, each with its values, beyond those that every machine has. */
  readonly options: ReadonlyArray<ReadonlyArray<string>>
  /** Files that are written into the machine's directory, where QEMU runs, when it is plugged in. */
  readonly files: Readonly<Record<string, Buffer>>
}

/** What a machine is plugged into. */
export interface Socket {
  /** The dispatcher's TFTP port on the host, which the machine sees as 10.0.2.2. */
  readonly tftpPort: number
  /** Directory of an image, by its name. */
  readonly image: (name: string) => string
  /** Path of a firmware to start instead of the machine's own. */
  readonly firmware?: string
}
