import { join } from "node:path"
import * as Effect from "effect/Effect"
import type { HostProgram } from "../../core/host-program.ts"
import { CurrentJob, type JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { remainingSeconds } from "../../core/pipeline/deadline.ts"
import { ConfigurationError } from "../../core/pipeline/errors.ts"
import { dataKey, getData, setData } from "../../core/pipeline/job-data.ts"
import { hostCommand } from "../../core/power/host-command.ts"
import type { LegacyImage } from "../deploy/legacy-image.ts"
import { type BootFile, Netboot } from "../deploy/prepare-netboot.ts"

/** What makes FIT images. */
const programs: ReadonlyArray<HostProgram> = [
  { command: "mkimage", debian: "u-boot-tools" },
  { command: "dtc", debian: "device-tree-compiler" },
]

/** Left by `prepareFit`. */
export const FitImage = dataKey<Pick<BootFile, "path">>("the FIT image")

/** Packs kernel, ramdisk and device tree into one FIT image by U-Boot's mkimage. */
export const prepareFit = (architecture: LegacyImage["architecture"]): Action<JobServices> =>
  action({
    name: "prepare-fit",
    description: "pack kernel, ramdisk and device tree into a FIT image",
    details: [`run mkimage -f auto -A ${architecture}`],
    timeoutSeconds: 120,
    programs,
    run: Effect.gen(function* () {
      const { directory } = yield* CurrentJob
      const { plainKernel, plainRamdisk, dtb, method } = yield* getData(Netboot)
      const path = join(directory, "image.fit")
      if (!method) {
        return yield* new ConfigurationError({
          message:
            "a FIT image says where its kernel is loaded, but the device type has no load addresses for it",
        })
      }
      const { kernel } = method.addresses
      const command = [
        [
          "mkimage",
          "-E",
          "-B",
          "8",
          "-f",
          "auto",
          "-A",
          architecture,
          "-O",
          "linux",
          "-T",
          "kernel",
          "-C",
          "none",
        ],
        ["-a", kernel, "-e", kernel, "-d", plainKernel.path],
        plainRamdisk ? ["-i", plainRamdisk.path] : [],
        dtb ? ["-b", dtb.path] : [],
        [path],
      ].flat()
      yield* hostCommand("make the FIT image", command, yield* remainingSeconds)
      yield* setData(FitImage, { path })
    }),
  })
