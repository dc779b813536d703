import { stat } from "node:fs/promises"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type { LocalArtifact } from "../../core/artifacts/artifact.ts"
import type { Blocks } from "../../core/job/v2/job.ts"
import { CurrentJob, type JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { InfrastructureError, messageOf } from "../../core/pipeline/errors.ts"
import { dataKey, getData, setData } from "../../core/pipeline/job-data.ts"
import type { BootMethod } from "../boot/boot-method.ts"
import { type LegacyImage, writeLegacyImage } from "./legacy-image.ts"

/** The keys of a deploy block that name what the boot loader loads. */
export type NetbootKeys = Pick<
  Extract<Blocks["deploy"], { to: "tftp" }>,
  "kernel" | "ramdisk" | "dtb"
>

/** The artifacts of a deploy that the boot loader loads, in the order in which `prepareNetboot` takes them. */
export const netbootArtifacts = ({ kernel, ramdisk, dtb }: NetbootKeys) => {
  const { type: _, ...kernelFile } = kernel
  const { "add-header": __, compression: ___, ...ramdiskFile } = ramdisk ?? { url: "" }
  return [kernelFile, ...(ramdisk ? [ramdiskFile] : []), ...(dtb ? [dtb] : [])]
}

/** Those artifacts on this machine. */
export const NetbootArtifacts = dataKey<ReadonlyArray<LocalArtifact>>("the boot files")

/** A file that a boot loader loads. */
export interface BootFile {
  readonly path: string
  /** In bytes. */
  readonly size: number
}

/** What a device's boot loader is to load. */
export interface NetbootFiles {
  /** In the form that the boot command takes. */
  readonly kernel: BootFile
  /** As it was deployed: for a FIT image. */
  readonly plainKernel: BootFile
  readonly ramdisk: BootFile | undefined
  /** As it was deployed: for a FIT image. */
  readonly plainRamdisk: BootFile | undefined
  /** Whether the ramdisk has U-Boot's header, which tells its size. */
  readonly ramdiskHasHeader: boolean
  readonly dtb: BootFile | undefined
  /** Undefined where the boot loader takes the kernel as it is. */
  readonly method: BootMethod | undefined
}

/** Left by `prepareNetboot`. */
export const Netboot = dataKey<NetbootFiles>("what the boot loader loads")

/** Gives kernel and ramdisk the header of a uImage where the boot command or the job wants one. */
export const prepareNetboot = (
  { kernel, ramdisk, dtb }: NetbootKeys,
  method: BootMethod | undefined,
  architecture: LegacyImage["architecture"],
): Action<JobServices> => {
  const wrapsKernel = method?.command === "bootm" && kernel.type !== "uimage"
  const wrapsRamdisk = ramdisk?.["add-header"] !== undefined
  return action({
    name: "uboot-prepare-kernel",
    description: `make the files ready for ${method?.command ?? "the boot loader"}`,
    details: [
      ...(wrapsKernel ? [`make a uImage of the ${kernel.type}`] : []),
      ...(wrapsRamdisk ? ["give the ramdisk U-Boot's header"] : []),
    ],
    timeoutSeconds: 120,
    run: Effect.gen(function* () {
      const { directory } = yield* CurrentJob
      const files = [...(yield* getData(NetbootArtifacts))]
      const plainKernel = files.shift()!
      const plainRamdisk = ramdisk && files.shift()
      const wrap = (from: BootFile, name: string, image: LegacyImage) =>
        Effect.tryPromise({
          try: async () => {
            const path = join(directory, name)
            await writeLegacyImage(from.path, path, image)
            return { path, size: (await stat(path)).size }
          },
          catch: (cause) =>
            new InfrastructureError({
              message: `${name} cannot be written: ${messageOf(cause)}`,
              cause,
            }),
        })
      const load = Number(method?.addresses.kernel)
      yield* setData(Netboot, {
        kernel: wrapsKernel
          ? yield* wrap(plainKernel, "uImage", { architecture, kind: "kernel", load })
          : plainKernel,
        plainKernel,
        ramdisk:
          plainRamdisk && wrapsRamdisk
            ? yield* wrap(plainRamdisk, "uRamdisk", { architecture, kind: "ramdisk", load: 0 })
            : plainRamdisk,
        plainRamdisk,
        ramdiskHasHeader: wrapsRamdisk,
        dtb: dtb && files.shift(),
        method,
      })
    }),
  })
}
