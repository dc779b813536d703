import type { MethodTable } from "./block.ts"
import * as loader from "./boot/boot-loader.ts"
import * as container from "./boot/container.ts"
import * as flashTool from "./boot/flash-tool.ts"
import { kexec } from "./boot/kexec.ts"
import { minimal } from "./boot/minimal.ts"
import { newConnection, schroot } from "./boot/new-connection.ts"
import { pxe } from "./boot/pxe.ts"
import { qemu, qemuIso, qemuNfs } from "./boot/qemu.ts"
import { selfRebootBoot } from "./boot/self-reboot.ts"
import * as simulator from "./boot/simulator.ts"
import { ssh } from "./boot/ssh.ts"
import { uefi, uefiMenu } from "./boot/uefi.ts"
import { docker } from "./deploy/docker.ts"
import { download, downloads } from "./deploy/download.ts"
import * as emulator from "./deploy/emulator.ts"
import * as flashed from "./deploy/flash-tool.ts"
import { flasher } from "./deploy/flasher.ts"
import { installer } from "./deploy/installer.ts"
import { master } from "./deploy/master.ts"
import { nbd } from "./deploy/nbd.ts"
import { nfs } from "./deploy/nfs.ts"
import { overlay } from "./deploy/overlay.ts"
import { selfRebootDeploy } from "./deploy/self-reboot.ts"
import { snapshot } from "./deploy/snapshot.ts"
import { ssh as copies } from "./deploy/ssh.ts"
import * as storage from "./deploy/storage.ts"
import { tftp } from "./deploy/tftp.ts"
import { definitions } from "./test/definitions.ts"
import { interactive } from "./test/interactive.ts"
import { monitors } from "./test/monitors.ts"
import { services } from "./test/services.ts"

/**
 * The methods that a job may name, each with the schema of its own keys: `deploy` by `to`, `boot` by
 * `method`, `test` by the key that it must have.
 */
export interface Methods {
  readonly deploy: MethodTable
  readonly boot: MethodTable
  readonly test: MethodTable
}

/** The methods that every job may name: LAVA's, whether a device here can do them or not, and those of the dispatcher's own. */
export const builtInMethods = {
  deploy: {
    master,
    installer,
    "self-reboot": selfRebootDeploy,
    snapshot,
    tftp,
    nfs,
    nbd,
    tmpfs: emulator.tmpfs,
    ssh: copies,
    overlay,
    usb: storage.usb,
    sata: storage.sata,
    sd: storage.sd,
    download,
    downloads,
    fastboot: flashed.fastboot,
    flasher,
    docker,
    "iso-installer": emulator.isoInstaller,
    "u-boot-ums": storage.uBootUms,
    "usbg-ms": storage.usbgMs,
    uuu: flashed.uuu,
    qdl: flashed.qdl,
    recovery: flashed.recovery,
    vemsd: flashed.vemsd,
    mps: flashed.mps,
    musca: flashed.musca,
    fvp: emulator.fvp,
    avh: emulator.avh,
  },
  boot: {
    pxe,
    "self-reboot": selfRebootBoot,
    minimal,
    "u-boot": loader.uBoot,
    grub: loader.grub,
    "grub-efi": loader.grubEfi,
    barebox: loader.barebox,
    ipxe: loader.ipxe,
    depthcharge: loader.depthcharge,
    bootloader: loader.bootloader,
    uefi,
    "uefi-menu": uefiMenu,
    ssh,
    qemu,
    "qemu-nfs": qemuNfs,
    "qemu-iso": qemuIso,
    docker: container.docker,
    nodebooter: container.nodebooter,
    fastboot: flashTool.fastboot,
    kexec,
    new_connection: newConnection,
    schroot,
    recovery: flashTool.recovery,
    dfu: flashTool.dfu,
    uuu: flashTool.uuu,
    qdl: flashTool.qdl,
    "cmsis-dap": flashTool.cmsisDap,
    pyocd: flashTool.pyocd,
    jlink: flashTool.jlink,
    openocd: flashTool.openocd,
    gdb: flashTool.gdb,
    fvp: simulator.fvp,
    avh: simulator.avh,
    musca: simulator.musca,
    monitor: simulator.monitor,
    ser_ctl: simulator.serialControl,
  },
  test: { definitions, interactive, monitors, services },
} as const satisfies Methods
