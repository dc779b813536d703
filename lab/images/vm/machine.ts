import { join } from "node:path"

/**
 * QEMU's options for the virtual machine whose disk and snapshot are made here: a snapshot is only good for the
 * machine that it was taken of. Memory that is free is zero, which makes it small and quick to load.
 *
 * @param image directory with the kernel and the initrd
 * @param sshPort port of this machine that leads to the ssh server in it; 0 lets QEMU choose
 */
export const vmOptions = (image: string, sshPort: number): ReadonlyArray<ReadonlyArray<string>> => [
  ["-M", "pc,graphics=off", "-vga", "none", "-cpu", "max", "-m", "256"],
  ["-accel", "tcg,tb-size=256"],
  ["-kernel", join(image, "vmlinuz"), "-initrd", join(image, "initrd.img")],
  [
    "-append",
    "console=ttyS0,115200 root=/dev/vda rw net.ifnames=0 cryptomgr.notests norandmaps init_on_free=1",
  ],
  ["-netdev", `user,id=net,hostfwd=tcp:127.0.0.1:${sshPort}-:22`],
  ["-device", "virtio-net-pci,netdev=net,mac=52:54:00:cc:00:01", "-device", "virtio-rng-pci"],
  ["-drive", "if=virtio,id=disk,file=disk.qcow2,format=qcow2,cache=unsafe,discard=unmap"],
]
