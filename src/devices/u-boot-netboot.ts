import * as z from "zod"
import { BootLoaderParameters } from "../actions/boot/boot-loader.ts"
import { bootMethod, LoadAddresses, MemoryAddress } from "../actions/boot/boot-method.ts"
import { bootToLoader } from "../actions/boot/boot-to-loader.ts"
import { kernelArguments } from "../actions/boot/kernel-arguments.ts"
import { networkBoot } from "../actions/boot/network-boot.ts"
import { BootWatchParameters, bootWatch } from "../actions/boot/wait-for-system.ts"
import { flasherDeploy } from "../actions/deploy/flasher.ts"
import { architectures } from "../actions/deploy/legacy-image.ts"
import { nfsDeploy, tftpDeploy } from "../actions/deploy/tftp.ts"
import { defineDevicePlugin } from "../core/lab/plugin.ts"

/** What a device type of this plugin may set. */
const UBootNetbootParameters = z.strictObject({
  architecture: z.enum(architectures).describe("The board's processor, by U-Boot's name for it"),
  load_addresses: LoadAddresses.describe("Where U-Boot loads what it boots"),
  fit_address: MemoryAddress.optional().describe("Where U-Boot loads a FIT image: {FIT_ADDR}"),
  firmware_dtb: z
    .string()
    .optional()
    .describe(
      'Where the firmware\'s own device tree is, for jobs that bring none: an address, or a variable as "${fdtcontroladdr}"',
    ),
  kernel_args: z.string().default("").describe("Kernel arguments, part of {BOOTARGS}"),
  ...BootWatchParameters,
  u_boot: BootLoaderParameters.u_boot,
})

type Parameters = z.output<typeof UBootNetbootParameters>

/**
 * Boards that boot over the network by commands typed to U-Boot: kernel, ramdisk and device tree, or all in a FIT image,
 * come by TFTP; the root file system is the ramdisk or comes by NFS. Nothing on the board is written.
 */
export const uBootNetboot = defineDevicePlugin<Parameters>({
  name: "u-boot-netboot",
  parameters: UBootNetbootParameters,
  deploy: {
    tftp: (deploy, device, job) => {
      const { architecture, load_addresses } = device.parameters
      const method = bootMethod(deploy.kernel.type, load_addresses)
      return tftpDeploy(deploy, device, job, { method, architecture })
    },
    nfs: nfsDeploy,
    flasher: flasherDeploy,
  },
  boot: {
    "u-boot": (boot, device, job) => {
      const { parameters } = device
      return networkBoot(boot, device, bootWatch(parameters), {
        architecture: parameters.architecture,
        fitAddress: parameters.fit_address,
        firmwareDtb: parameters.firmware_dtb,
        commandLine: kernelArguments(parameters.kernel_args, job.context?.extra_kernel_args),
      })
    },
    bootloader: (boot, device) => bootToLoader(boot, device, bootWatch(device.parameters)),
  },
})
