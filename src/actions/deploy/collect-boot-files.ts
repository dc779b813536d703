import * as Effect from "effect/Effect"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action, retry } from "../../core/pipeline/action.ts"
import { dataKey, getData, setData } from "../../core/pipeline/job-data.ts"
import type { FileToDeliver, TransferMethod } from "../transfer/deliver.ts"
import { receiveFile } from "../transfer/receive-file.ts"
import { Kernel } from "./install-kernel.ts"
import { targetDirectory } from "./prepare-disk.ts"

/** What the next boot needs, on this machine. */
export interface BootFiles {
  readonly kernel: FileToDeliver
  readonly initrd: FileToDeliver
  readonly dtb: FileToDeliver | undefined
}

/** Left by `collectBootFiles`. */
export const TargetBootFiles = dataKey<BootFiles>("the target's boot files")

/** Brings kernel, initrd and device tree from the target. */
export const collectBootFiles = (method: TransferMethod): Action<JobServices> =>
  retry(
    3,
    action({
      name: "collect-boot-files",
      description: `bring kernel, initrd and device tree back by ${method}`,
      timeoutSeconds: 600,
      run: Effect.gen(function* () {
        const kernel = yield* getData(Kernel)
        const files: BootFiles = {
          kernel: yield* receiveFile(targetDirectory + kernel.image, "vmlinuz", method),
          initrd: yield* receiveFile(targetDirectory + kernel.initrd, "initrd.img", method),
          dtb:
            kernel.dtb === undefined
              ? undefined
              : yield* receiveFile(targetDirectory + kernel.dtb, "board.dtb", method),
        }
        yield* setData(TargetBootFiles, files)
      }),
    }),
  )
