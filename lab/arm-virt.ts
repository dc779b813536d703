import { join } from "node:path"
import type { Machine, Socket } from "./machine.ts"
import { network } from "./network.ts"

const GiB = 2 ** 30

const macPrefixes = { "arm-virt": "52:54:00:cc:00", "arm-virt-netboot": "52:54:00:cc:01" } as const

/**
 * QEMU's own ARM board as a development board: U-Boot that looks for a system on the disk first, virtio; its console
 * is a serial device. `number`, two digits, ends its MAC.
 *
 * @param deviceType how the dispatcher is to drive it
 */
export function armVirt(
  deviceType: keyof typeof macPrefixes,
  number: string,
  { tftpPort, image, firmware }: Socket,
): Machine {
  const mac = `${macPrefixes[deviceType]}:${number}`
  return {
    deviceType,
    tags: ["arm", "arm-virt"],
    mac,
    console: "serial",
    takesFirmware: true,
    disk: 2 * GiB,
    ...(deviceType === "arm-virt" && {
      copies: { "disk.img": join(image("disk-arm-virt"), "disk.img") },
    }),
    files: {},
    emulator: "qemu-system-arm",
    options: [
      ["-M", "virt", "-cpu", "cortex-a15", "-m", "1024", "-accel", "tcg,tb-size=256"],
      ["-bios", firmware ?? join(image("uboot-arm-virt"), "u-boot.bin")],
      ...network(tftpPort),
      ["-device", `virtio-net-device,netdev=net,mac=${mac}`],
      ["-drive", "if=none,id=disk,file=disk.img,format=raw,cache=unsafe,discard=unmap"],
      ["-device", "virtio-blk-device,drive=disk"],
    ],
  }
}
