import * as z from "zod"
import { Artifact } from "../../../artifacts/artifact.ts"
import { openMapping } from "../../../source/open-mapping.ts"
import { notHere } from "../../../source/support.ts"
import { images } from "./images.ts"
import { deployKeys } from "./os.ts"

const RootfsOnNfs = Artifact.safeExtend({
  install_overlay: notHere(
    z.boolean(),
    "the tests are always put into the root file system on NFS",
    (wanted) => !wanted,
  ).describe("Whether the tests are put into it"),
  install_modules: notHere(
    z.boolean(),
    "modules that the job brings are always put into the root file system on NFS",
    (wanted) => !wanted,
  ).describe("Whether the modules are put into it"),
  prefix: notHere(z.string(), "the root file system is at the top of the archive").describe(
    "Directory of the root file system in the archive",
  ),
})

/** The keys of a root file system that the device mounts by NFS. */
export const nfsRootKeys = {
  nfsrootfs: RootfsOnNfs.describe(
    "The root file system that the device mounts by NFS, a tar archive",
  ),
  modules: Artifact.optional().describe(
    "The kernel's modules, a tar archive of lib/modules, for the root file system on NFS",
  ),
}

/** `deploy` with `to: nfs`: a root file system for a device that has its kernel already. */
export const nfs = openMapping({
  ...deployKeys,
  nfsrootfs: nfsRootKeys.nfsrootfs.optional(),
  modules: nfsRootKeys.modules,
  images: notHere(
    images(
      Artifact.safeExtend({
        image_arg: z.string().optional().describe("The emulator's argument for the image"),
      }),
    ),
    "no emulator boots from NFS: give nfsrootfs",
  ).describe("Images of an emulator with its root file system on NFS"),
}).meta({
  title: "Deploy a root file system on NFS",
  description: "Unpacks a root file system and exports it to the device by NFS",
})
