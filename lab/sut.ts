import { userInfo } from "node:os"
import { join } from "node:path"
import type { Machine, Socket } from "./machine.ts"

/**
 * A PC that boots from its own disk and reboots by itself: a machine that fetches its work. Its clock is wrong by
 * years. `number`, two digits, ends its MAC.
 */
export function sut(number: string, { image }: Socket): Machine {
  const mac = `52:54:00:bb:03:${number}`
  return {
    deviceType: "self-reboot",
    tags: ["x86"],
    mac,
    console: "telnet",
    parameters: { owner: userInfo().username },
    copies: { "disk.img": join(image("sut-amd64"), "disk.img") },
    files: {},
    emulator: "qemu-system-x86_64",
    options: [
      // Without graphics the firmware talks on the serial port.
      ["-M", "pc,graphics=off", "-vga", "none", "-cpu", "max", "-m", "512"],
      ["-accel", "tcg,tb-size=256", "-rtc", "base=2001-01-01"],
      ["-boot", "order=c", "-netdev", "user,id=net"],
      // Without iPXE, which takes its time to say that it is not wanted.
      ["-device", `virtio-net-pci,netdev=net,mac=${mac},romfile=`],
      ["-device", "virtio-rng-pci"],
      ["-drive", "if=virtio,id=disk,file=disk.img,format=raw,cache=unsafe,discard=unmap"],
    ],
  }
}
