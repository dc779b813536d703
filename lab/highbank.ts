import { join } from "node:path"
import type { Machine, Socket } from "./machine.ts"
import { network } from "./network.ts"
import { uBootEnvironment } from "./u-boot-environment.ts"

const GiB = 2 ** 30

/** Calxeda Highbank: U-Boot, SATA, xgmac; its console is a serial device. `number`, two digits, ends its MAC. */
export function highbank(number: string, { tftpPort, image, firmware }: Socket): Machine {
  const own = image("uboot-highbank")
  const mac = `52:54:00:aa:00:${number}`
  return {
    deviceType: "highbank",
    tags: ["arm", "highbank"],
    mac,
    console: "serial",
    takesFirmware: true,
    disk: 2 * GiB,
    files: { "environment.bin": uBootEnvironment(environment(tftpPort), 0x2000) },
    emulator: "qemu-system-arm",
    options: [
      ["-M", "highbank", "-m", "1024", "-accel", "tcg,tb-size=256"],
      // Without them U-Boot's delays take 150 times as long as they should.
      ["-global", "sp804.freq0=150000000", "-global", "sp804.freq1=150000000"],
      // On the real board the management engine puts the device tree here before U-Boot starts.
      ["-device", `loader,file=${join(own, "board.dtb")},addr=0x1000,force-raw=on`],
      ["-kernel", firmware ?? join(own, "u-boot"), "-bios", "environment.bin"],
      ...network(tftpPort),
      ["-net", `nic,model=xgmac,netdev=net,macaddr=${mac}`],
      ["-drive", "if=none,id=disk,file=disk.img,format=raw,cache=unsafe,discard=unmap"],
      ["-device", "ide-hd,drive=disk,bus=ide.0"],
    ],
  }
}

/**
 * U-Boot's variables. Left alone the board boots by PXE; "s" stops it. The addresses leave room for a
 * kernel that U-Boot unpacks to the start of memory.
 */
function environment(tftpPort: number): Record<string, string> {
  return {
    autoload: "no",
    bootcmd0: "dhcp; pxe get; pxe boot",
    bootdelay: "1",
    bootdelaykey: "d",
    bootstopkey: "s",
    fdt_addr_r: "0x4000000",
    fdt_high: "0x20000000",
    initrd_high: "0x20000000",
    kernel_addr_r: "0x2000000",
    pxefile_addr_r: "0x700000",
    ramdisk_addr_r: "0x4100000",
    tftpdstp: String(tftpPort),
    tftpwindowsize: "8", // where the server can; the emulated network card drops packets from 32
  }
}
