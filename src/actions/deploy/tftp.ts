import type { Blocks, JobDefinition } from "../../core/job/v2/job.ts"
import type { Device } from "../../core/lab/device.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, sequence } from "../../core/pipeline/action.ts"
import type { BootMethod } from "../boot/boot-method.ts"
import { createOverlay } from "../test/create-overlay.ts"
import { download } from "./download.ts"
import type { LegacyImage } from "./legacy-image.ts"
import { deployNfsRoot, ModulesArchive } from "./nfs-root.ts"
import { netbootArtifacts, NetbootArtifacts, prepareNetboot } from "./prepare-netboot.ts"
import { RootfsArchive } from "./unpack-rootfs.ts"

type Deploy<To extends "tftp" | "nfs"> = Extract<Blocks["deploy"], { readonly to: To }>

/** In what form a device's boot loader takes what it boots. */
export interface NetbootForm {
  /** How the kernel is booted; undefined where the boot loader takes it as it is, whatever it is, as GRUB does. */
  readonly method: BootMethod | undefined
  readonly architecture: LegacyImage["architecture"]
}

/** LAVA's deploy method `tftp`: makes ready what the device's boot loader loads by TFTP, and a root file system on NFS. */
export const tftpDeploy = (
  deploy: Deploy<"tftp">,
  device: Device,
  job: JobDefinition,
  { method, architecture }: NetbootForm,
): Action<JobServices> =>
  sequence("tftp-deploy", "make ready what the device boots over the network", [
    download("boot files", netbootArtifacts(deploy), NetbootArtifacts),
    ...downloadNfsRoot(deploy),
    ...createOverlay(job),
    prepareNetboot(deploy, method, architecture),
    ...(deploy.nfsrootfs ? [deployNfsRoot(device, job, deploy.modules !== undefined)] : []),
  ])

/** LAVA's deploy method `nfs`: a root file system for a device that has its kernel already. */
export const nfsDeploy = (
  deploy: Deploy<"nfs">,
  device: Device,
  job: JobDefinition,
): Action<JobServices> =>
  sequence("nfs-deploy", "put a root file system on NFS", [
    ...downloadNfsRoot(deploy),
    ...createOverlay(job),
    deployNfsRoot(device, job, deploy.modules !== undefined),
  ])

/** The downloads of a root file system on NFS. */
const downloadNfsRoot = ({
  nfsrootfs,
  modules,
}: Pick<Deploy<"tftp">, "nfsrootfs" | "modules">): ReadonlyArray<Action<JobServices>> => [
  ...(nfsrootfs ? [download("root file system", [nfsrootfs], RootfsArchive)] : []),
  ...(modules ? [download("modules", [modules], ModulesArchive)] : []),
]
