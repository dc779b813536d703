/**
 * QEMU's options for a machine's network: its card, whose `netdev` is "net", on a hub with QEMU's user-mode network, from
 * which `lab join` takes it without the machine's notice.
 *
 * @param bootFile what its firmware boots, by the name on the dispatcher's TFTP server
 */
export function network(tftpPort: number, bootFile?: string): ReadonlyArray<ReadonlyArray<string>> {
  const url = bootFile && `,bootfile=${bootFileUrl("10.0.2.2", tftpPort, bootFile)}`
  return [
    ["-netdev", `user,id=usual${url ?? ""}`],
    ["-netdev", "hubport,id=usual-port,hubid=0,netdev=usual", "-netdev", "hubport,id=net,hubid=0"],
  ]
}

/** Where iPXE finds a boot file, which also knows what to do where the port is not TFTP's own. */
export function bootFileUrl(address: string, port: number | string, bootFile: string): string {
  return `tftp://${address}:${port}/${bootFile}`
}
