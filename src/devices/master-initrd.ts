import * as Effect from "effect/Effect"
import * as z from "zod"
import { autoLogin } from "../actions/boot/auto-login.ts"
import { BootLoaderParameters, bootByCommands } from "../actions/boot/boot-loader.ts"
import { bootMaster, MasterImage } from "../actions/boot/boot-master.ts"
import { minimalBoot } from "../actions/boot/minimal.ts"
import { type NetworkBoot, publishBoot, publishLocalBoot } from "../actions/boot/publish.ts"
import { publishLoaders } from "../actions/boot/publish-loaders.ts"
import { BootWatchParameters, bootWatch } from "../actions/boot/wait-for-system.ts"
import { connectDevice } from "../actions/connection.ts"
import { applyOverlay } from "../actions/deploy/apply-overlay.ts"
import { collectBootFiles, TargetBootFiles } from "../actions/deploy/collect-boot-files.ts"
import { download } from "../actions/deploy/download.ts"
import { installKernel } from "../actions/deploy/install-kernel.ts"
import { installerBoot, waitForInstaller } from "../actions/deploy/run-installer.ts"
import { prepareDisk, Target } from "../actions/deploy/prepare-disk.ts"
import { KernelPackages, sendKernelPackages } from "../actions/deploy/send-kernel-packages.ts"
import { RootfsArchive, unpackRootfs } from "../actions/deploy/unpack-rootfs.ts"
import { resetDevice } from "../actions/power/reset-device.ts"
import { createOverlay } from "../actions/test/create-overlay.ts"
import { Artifact } from "../core/artifacts/artifact.ts"
import type { Blocks } from "../core/job/v2/job.ts"
import { defineDevicePlugin } from "../core/lab/plugin.ts"
import type { JobServices } from "../core/lab/services.ts"
import { sequence } from "../core/pipeline/action.ts"
import type { DispatchError } from "../core/pipeline/errors.ts"
import { getData } from "../core/pipeline/job-data.ts"

/** What a device type of this plugin may set. */
const MasterInitrdParameters = z
  .strictObject({
    master: MasterImage.describe("The master image"),
    disk: z
      .string()
      .regex(/^\/dev\/\S+$/, 'expected a device such as "/dev/sda"')
      .describe("The disk that systems are deployed to, by its name in the master image"),
    dtb: z
      .string()
      .optional()
      .describe(
        "File name of the board's device tree in kernel packages, where the board needs one",
      ),
    kernel_args: z.string().default("").describe("Kernel arguments of every deployed system"),
    boot_loaders: z
      .record(z.string(), Artifact)
      .default({})
      .describe(
        "Boot loader programs by the names that the firmware asks for, as pxelinux.0 and ldlinux.c32",
      ),
    ...BootWatchParameters,
    ...BootLoaderParameters,
  })
  .superRefine((parameters, context) => {
    for (const loader of ["u_boot", "grub"] as const) {
      const wanted = parameters.master[`${loader}_commands`]
      const commands = parameters[loader]?.commands ?? {}
      if (wanted === undefined || commands[wanted]) continue
      context.addIssue({
        code: "custom",
        path: ["master", `${loader}_commands`],
        message: `there is no list ${JSON.stringify(wanted)} in ${loader}.commands, which has ${Object.keys(commands).join(", ") || "none"}`,
      })
    }
  })

type Parameters = z.output<typeof MasterInitrdParameters>
type Deploy = Extract<Blocks["deploy"], { to: "master" }>

/**
 * Boards whose master image is an initrd, booted over the network: no partition of the board's storage is
 * set aside. What is deployed is booted over the network as well, with its root file system on the disk.
 */
export const masterInitrd = defineDevicePlugin<Parameters>({
  name: "master-initrd",
  parameters: MasterInitrdParameters,
  deploy: {
    master: (deploy, device, job) => {
      const { parameters } = device
      return sequence(
        "master-deploy",
        "deploy a root file system and a kernel through the master image",
        [
          download("root file system", [deploy.rootfs], RootfsArchive),
          ...(deploy.kernel
            ? [download("kernel packages", deploy.kernel.packages, KernelPackages)]
            : []),
          ...createOverlay(job),
          connectDevice(),
          ...publishLoaders(parameters.boot_loaders),
          bootMaster(device, bootWatch(parameters)),
          prepareDisk({
            device: deploy.disk?.device ?? parameters.disk,
            filesystem: deploy.disk?.filesystem ?? "ext4",
          }),
          unpackRootfs(deploy.transfer_method),
          ...applyOverlay(job, deploy.transfer_method),
          ...(deploy.kernel ? [sendKernelPackages(deploy.transfer_method)] : []),
          installKernel({
            dtb: deploy.dtb ?? parameters.dtb,
            packages: deploy.kernel !== undefined,
          }),
          collectBootFiles(deploy.transfer_method),
          publishBoot(
            "publish-boot-files",
            "offer the deployed system's kernel to the device's firmware",
            deployedSystem(deploy, parameters, job.context?.extra_kernel_args),
          ),
        ],
      )
    },
    installer: (deploy, device, job) => {
      const { parameters } = device
      const target = { disk: parameters.disk, kernelArguments: parameters.kernel_args }
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
    minimal: (boot, device) => minimalBoot(boot, device, bootWatch(device.parameters)),
  },
})

const deployedSystem = (
  deploy: Deploy,
  parameters: Parameters,
  extra: string | undefined,
): Effect.Effect<NetworkBoot, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const target = yield* getData(Target)
    const files = yield* getData(TargetBootFiles)
    const root =
      deploy.root === undefined || deploy.root === "uuid" ? `UUID=${target.uuid}` : deploy.root
    const commandLine = [`root=${root}`, "rw", parameters.kernel_args, deploy.kernel_args, extra]
      .filter((part) => part !== undefined && part !== "")
      .join(" ")
    return { ...files, commandLine }
  })
