import { join } from "node:path"
import type { Machine, Socket } from "./machine.ts"
import { network } from "./network.ts"

const GiB = 2 ** 30

/**
 * ARM's Versatile Express, a development board with a Cortex-A9: U-Boot that looks for a system on the SD card first,
 * smsc911x; its console is a serial device. `number`, two digits, ends its MAC.
 */
export function vexpress(number: string, { tftpPort, image }: Socket): Machine {
  const mac = `52:54:00:dd:00:${number}`
  return {
    deviceType: "vexpress-a9",
    tags: ["arm", "vexpress"],
    mac,
    console: "serial",
    disk: GiB, // an SD card's size is a power of two
    copies: { "disk.img": join(image("disk-vexpress"), "disk.img") },
    files: {},
    emulator: "qemu-system-arm",
    options: [
      [
        "-M",
        "vexpress-a9",
        "-m",
        "1024",
        "-accel",
        "tcg,tb-size=256",
        "-audiodev",
        "none,id=audio",
      ],
      ["-kernel", join(image("uboot-vexpress"), "u-boot")],
      ...network(tftpPort),
      ["-net", `nic,netdev=net,macaddr=${mac}`],
      ["-drive", "if=sd,file=disk.img,format=raw,cache=unsafe,discard=unmap"],
    ],
  }
}
