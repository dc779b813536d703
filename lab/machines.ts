import { armVirt } from "./arm-virt.ts"
import { LabError } from "./error.ts"
import { highbank } from "./highbank.ts"
import type { Machine, Socket } from "./machine.ts"
import { sut } from "./sut.ts"
import { uefi } from "./uefi.ts"
import { vexpress } from "./vexpress.ts"
import { vm } from "./vm.ts"
import { x86 } from "./x86.ts"

/** Every kind of machine by the name that its number follows. */
const machines: Readonly<Record<string, (number: string, socket: Socket) => Machine>> = {
  highbank,
  "arm-virt": (number, socket) => armVirt("arm-virt", number, socket),
  "arm-virt-netboot": (number, socket) => armVirt("arm-virt-netboot", number, socket),
  vexpress,
  x86: (number, socket) => x86(number, "ipxe", socket),
  "x86-pxelinux": (number, socket) => x86(number, "pxelinux", socket),
  uefi,
  sut,
  vm: (_number, socket) => vm("telnet", socket),
  "vm-ssh": (_number, socket) => vm("ssh", socket),
}

/** The machine of a name. Throws {@link LabError} where there is none. */
export function machineOf(name: string, socket: Socket): Machine {
  const [, kind = "", number = ""] = /^(.+)-(\d\d)$/.exec(name) ?? []
  const machine = machines[kind]
  if (machine) return machine(number, socket)
  const known = Object.keys(machines).map((known) => `${known}-01`)
  throw new LabError(
    `there is no machine "${name}": expected ${known.join(", ")} or another number`,
  )
}
