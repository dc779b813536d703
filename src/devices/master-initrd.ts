import * as Effect from "effect/Effect"
import * as z from "zod"
import { autoLogin } from "../actions/boot/auto-login.ts"
import { bootByCommands } from "../actions/boot/boot-loader.ts"
import { MasterImage, masterCommandsAreKnown } from "../actions/boot/boot-master.ts"
import { bootToLoader } from "../actions/boot/boot-to-loader.ts"
import { minimalBoot } from "../actions/boot/minimal.ts"
import { publishBoot, publishLocalBoot } from "../actions/boot/publish.ts"
import { publishLoaders } from "../actions/boot/publish-loaders.ts"
import { bootWatch } from "../actions/boot/wait-for-system.ts"
import { connectDevice } from "../actions/connection.ts"
import { collectBootFiles, TargetBootFiles } from "../actions/deploy/collect-boot-files.ts"
import {
  deployedCommandLine,
  masterDeploy,
  MasterDeployParameters,
} from "../actions/deploy/master-deploy.ts"
import { flasherDeploy } from "../actions/deploy/flasher.ts"
import { installerBoot, waitForInstaller } from "../actions/deploy/run-installer.ts"
import { wholeDisk } from "../actions/deploy/prepare-disk.ts"
import { unmountTarget } from "../actions/deploy/unmount-target.ts"
import { resetDevice } from "../actions/power/reset-device.ts"
import { createOverlay } from "../actions/test/create-overlay.ts"
import { defineDevicePlugin } from "../core/lab/plugin.ts"
import { sequence } from "../core/pipeline/action.ts"
import { getData } from "../core/pipeline/job-data.ts"

/** What a device type of this plugin may set. */
const MasterInitrdParameters = z
  .strictObject({
    master: MasterImage.describe("The master image"),
    ...MasterDeployParameters,
  })
  .superRefine(masterCommandsAreKnown)

/**
 * Boards whose master image is an initrd, booted over the network: no partition of the board's storage is
 * set aside. What is deployed is booted over the network as well, with its root file system on the disk.
 */
export const masterInitrd = defineDevicePlugin<z.output<typeof MasterInitrdParameters>>({
  name: "master-initrd",
  parameters: MasterInitrdParameters,
  deploy: {
    master: (deploy, device, job) => {
      const { parameters } = device
      return masterDeploy(deploy, device, job, wholeDisk(parameters.disk, deploy.disk), [
        collectBootFiles(deploy.transfer_method),
        unmountTarget(),
        publishBoot(
          "publish-boot-files",
          "offer the deployed system's kernel to the device's firmware",
          Effect.gen(function* () {
            const commandLine = yield* deployedCommandLine(deploy, parameters, job)
            return { ...(yield* getData(TargetBootFiles)), commandLine }
          }),
        ),
      ])
    },
    installer: (deploy, device, job) => {
      const { parameters } = device
      const target = {
        disk: parameters.disk,
        kernelArguments: parameters.kernel_args,
        extraArguments: job.context?.extra_kernel_args,
      }
      return sequence("installer-deploy", "install Debian by its own installer", [
        ...createOverlay(job),
        connectDevice(),
        ...publishLoaders(parameters.boot_loaders),
        publishBoot(
          "publish-installer",
          "offer the installer and its answers to the device's firmware",
          installerBoot(deploy, target),
        ),
        resetDevice(device),
        waitForInstaller(bootWatch(parameters)),
        publishLocalBoot(),
      ])
    },
    flasher: flasherDeploy,
  },
  boot: {
    pxe: (boot, device) =>
      sequence("pxe-boot", "boot the deployed system over the network", [
        connectDevice(),
        resetDevice(device, boot),
        autoLogin(boot, bootWatch(device.parameters)),
      ]),
    "u-boot": (boot, device) => bootByCommands(boot, device, bootWatch(device.parameters)),
    grub: (boot, device) => bootByCommands(boot, device, bootWatch(device.parameters)),
    bootloader: (boot, device) => bootToLoader(boot, device, bootWatch(device.parameters)),
    minimal: (boot, device, job) => minimalBoot(boot, device, job, bootWatch(device.parameters)),
  },
})
