import * as z from "zod"
import { Artifact } from "../../../artifacts/artifact.ts"
import { os } from "./os.ts"

/** The keys of a root file system that the device mounts by NFS. */
export const nfsRootKeys = {
  nfsrootfs: Artifact.describe("The root file system that the device mounts by NFS, a tar archive"),
  modules: Artifact.optional().describe(
    "The kernel's modules, a tar archive of lib/modules, for the root file system on NFS",
  ),
}

/** `deploy` with `to: nfs`: a root file system for a device that has its kernel already. */
export const nfs = z.strictObject({ os, ...nfsRootKeys }).meta({
  title: "Deploy a root file system on NFS",
  description: "Unpacks a root file system and exports it to the device by NFS",
})
