import { join } from "node:path"
import { vmOptions } from "./images/vm/machine.ts"
import type { Machine, Socket } from "./machine.ts"

/**
 * A virtual machine with the snapshot "clean", in which its shell is at the prompt; its power switch is QEMU's
 * monitor. Its console is a telnet server, or a login by ssh.
 */
export function vm(console: "telnet" | "ssh", { image }: Socket): Machine {
  const directory = image("vm-amd64")
  return {
    deviceType: "vm",
    tags: ["x86", "vm"],
    console,
    copies: { "disk.qcow2": join(directory, "disk.qcow2") },
    files: {},
    emulator: "qemu-system-x86_64",
    options: vmOptions(directory, 0),
  }
}
