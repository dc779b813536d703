import type { MethodTable } from "./block.ts"
import { bootloader, grub, uBoot } from "./boot/boot-loader.ts"
import { minimal } from "./boot/minimal.ts"
import { pxe } from "./boot/pxe.ts"
import { selfRebootBoot } from "./boot/self-reboot.ts"
import { ssh } from "./boot/ssh.ts"
import { flasher } from "./deploy/flasher.ts"
import { installer } from "./deploy/installer.ts"
import { master } from "./deploy/master.ts"
import { nfs } from "./deploy/nfs.ts"
import { overlay } from "./deploy/overlay.ts"
import { selfRebootDeploy } from "./deploy/self-reboot.ts"
import { snapshot } from "./deploy/snapshot.ts"
import { ssh as copies } from "./deploy/ssh.ts"
import { tftp } from "./deploy/tftp.ts"
import { definitions } from "./test/definitions.ts"
import { interactive } from "./test/interactive.ts"
import { monitors } from "./test/monitors.ts"

/**
 * The methods that a job may name, each with the schema of its own keys: `deploy` by `to`, `boot` by
 * `method`, `test` by the key that it must have.
 */
export interface Methods {
  readonly deploy: MethodTable
  readonly boot: MethodTable
  readonly test: MethodTable
}

/** The methods that come with the dispatcher. */
export const builtInMethods = {
  deploy: {
    master,
    installer,
    tftp,
    nfs,
    flasher,
    overlay,
    snapshot,
    ssh: copies,
    "self-reboot": selfRebootDeploy,
  },
  boot: { pxe, "u-boot": uBoot, grub, bootloader, minimal, ssh, "self-reboot": selfRebootBoot },
  test: { definitions, interactive, monitors },
} as const satisfies Methods
