import type { Machine, Socket } from "./machine.ts"
import { network } from "./network.ts"

const GiB = 2 ** 30

/**
 * A PC that boots over the network: SeaBIOS and the iPXE of its network card, which fetches `bootFile` from
 * the dispatcher's TFTP server; its console is a telnet server. `number`, two digits, ends its MAC.
 */
export function x86(number: string, loader: "ipxe" | "pxelinux", { tftpPort }: Socket): Machine {
  const loaders = { ipxe: [], pxelinux: ["pxelinux.0", "ldlinux.c32"] }[loader]
  const bootFile = { ipxe: "boot.ipxe", pxelinux: "pxelinux.0" }[loader]
  const prefix = { ipxe: "52:54:00:bb:00", pxelinux: "52:54:00:bb:01" }[loader]
  const mac = `${prefix}:${number}`
  return {
    deviceType: "x86-pxe",
    tags: ["x86", loader],
    mac,
    console: "telnet",
    bootFile,
    ...(loaders.length > 0 && {
      parameters: {
        boot_loaders: Object.fromEntries(
          loaders.map((name) => [name, { url: `package://pxelinux/${name}` }]),
        ),
      },
    }),
    disk: 4 * GiB,
    files: {},
    emulator: "qemu-system-x86_64",
    options: [
      // Without graphics the firmware talks on the serial port.
      // After cmpxchg16b Debian 13's kernel was seen with impossible flags, and panicked.
      ["-M", "pc,graphics=off", "-vga", "none", "-cpu", "max,cx16=off", "-m", "1024"],
      ["-accel", "tcg,tb-size=256"],
      ["-boot", "order=n"],
      ...network(tftpPort, bootFile),
      ["-device", `virtio-net-pci,netdev=net,mac=${mac}`, "-device", "virtio-rng-pci"],
      ["-drive", "if=virtio,id=disk,file=disk.img,format=raw,cache=unsafe,discard=unmap"],
    ],
  }
}
