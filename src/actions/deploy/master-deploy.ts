import * as Effect from "effect/Effect"
import * as z from "zod"
import { Artifact } from "../../core/artifacts/artifact.ts"
import { DiskDevice } from "../../core/job/v2/deploy/disk-device.ts"
import type { Blocks, JobDefinition } from "../../core/job/v2/job.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, sequence } from "../../core/pipeline/action.ts"
import type { BugError } from "../../core/pipeline/errors.ts"
import { getData, type JobData } from "../../core/pipeline/job-data.ts"
import { BootLoaderParameters } from "../boot/boot-loader.ts"
import { bootMaster, type DeviceWithMaster } from "../boot/boot-master.ts"
import { kernelArguments } from "../boot/kernel-arguments.ts"
import { publishLoaders } from "../boot/publish-loaders.ts"
import { BootWatchParameters, bootWatch } from "../boot/wait-for-system.ts"
import { connectDevice } from "../connection.ts"
import { createOverlay } from "../test/create-overlay.ts"
import { applyOverlay } from "./apply-overlay.ts"
import { download } from "./download.ts"
import { installKernel } from "./install-kernel.ts"
import { type DiskLayout, prepareDisk, Target } from "./prepare-disk.ts"
import { KernelPackages, sendKernelPackages } from "./send-kernel-packages.ts"
import { RootfsArchive, unpackRootfs } from "./unpack-rootfs.ts"

/** What a device type says of deploys through a master image: keys for the zod object of a plugin's `parameters`. */
export const MasterDeployParameters = {
  disk: DiskDevice.describe(
    "The disk that systems are deployed to, by its name in the master image",
  ),
  dtb: z
    .string()
    .optional()
    .describe("File name of the board's device tree in kernel packages, where the board needs one"),
  kernel_args: z.string().default("").describe("Kernel arguments of every deployed system"),
  boot_loaders: z
    .record(z.string(), Artifact)
    .default({})
    .describe(
      "Boot loader programs by the names that the firmware asks for, as pxelinux.0 and ldlinux.c32",
    ),
  ...BootWatchParameters,
  ...BootLoaderParameters,
}

/** See the keys of the same name. */
export type MasterDeployParameters = z.output<z.ZodObject<typeof MasterDeployParameters>>

/** A deploy block for a master image. */
export type MasterDeploy = Extract<Blocks["deploy"], { to: "master" }>

/**
 * Boots the master image and puts a root file system, the tests and a kernel on the disk.
 *
 * @param handOver what makes the deployed system's kernel known to who boots it
 */
export const masterDeploy = (
  deploy: MasterDeploy,
  device: DeviceWithMaster & { readonly parameters: MasterDeployParameters },
  job: JobDefinition,
  disk: DiskLayout,
  handOver: ReadonlyArray<Action<JobServices>>,
): Action<JobServices> => {
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
      prepareDisk(disk),
      unpackRootfs(deploy.transfer_method),
      ...applyOverlay(job, deploy.transfer_method),
      ...(deploy.kernel ? [sendKernelPackages(deploy.transfer_method)] : []),
      installKernel({
        dtb: deploy.dtb ?? parameters.dtb,
        packages: deploy.kernel !== undefined,
      }),
      ...handOver,
    ],
  )
}

/** What the kernel of the deployed system is told: its root file system, then what device type, deploy and job say. */
export const deployedCommandLine = (
  deploy: MasterDeploy,
  { kernel_args }: MasterDeployParameters,
  { context }: JobDefinition,
): Effect.Effect<string, BugError, JobData> =>
  Effect.map(getData(Target), ({ uuid }) => {
    const root = deploy.root === undefined || deploy.root === "uuid" ? `UUID=${uuid}` : deploy.root
    return kernelArguments(
      `root=${root}`,
      "rw",
      kernel_args,
      deploy.kernel_args,
      context?.extra_kernel_args,
    )
  })
