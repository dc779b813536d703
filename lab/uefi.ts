import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { Machine, Socket } from "./machine.ts"
import { network } from "./network.ts"

const GiB = 2 ** 30

/**
 * A PC with UEFI firmware: its network card's iPXE fetches GRUB from the dispatcher's TFTP server, and GRUB shows its prompt
 * on a telnet server. `number`, two digits, ends its MAC.
 */
export function uefi(number: string, { tftpPort, image }: Socket): Machine {
  const firmware = image("uefi")
  const bootFile = "grubx64.efi"
  const mac = `52:54:00:bb:02:${number}`
  return {
    deviceType: "uefi-grub",
    tags: ["x86", "uefi"],
    mac,
    console: "telnet",
    bootFile,
    disk: 4 * GiB,
    files: { "variables.fd": readFileSync(join(firmware, "OVMF_VARS_4M.fd")) },
    emulator: "qemu-system-x86_64",
    options: [
      ["-M", "q35,graphics=off", "-vga", "none", "-cpu", "max", "-m", "1024"],
      ["-accel", "tcg,tb-size=256"],
      [
        "-drive",
        `if=pflash,unit=0,format=raw,readonly=on,file=${join(firmware, "OVMF_CODE_4M.fd")}`,
      ],
      ["-drive", "if=pflash,unit=1,format=raw,file=variables.fd"],
      ...network(tftpPort, bootFile),
      ["-device", `virtio-net-pci,netdev=net,mac=${mac},bootindex=1`],
      ["-device", "virtio-rng-pci"],
      ["-drive", "if=none,id=disk,file=disk.img,format=raw,cache=unsafe,discard=unmap"],
      ["-device", "virtio-blk-pci,drive=disk"],
    ],
  }
}
