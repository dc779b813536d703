import * as Effect from "effect/Effect"
import type { LocalArtifact } from "../../core/artifacts/artifact.ts"
import { quoteWord } from "../../core/console/quote.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action, retry } from "../../core/pipeline/action.ts"
import { JobError } from "../../core/pipeline/errors.ts"
import { dataKey, getData, setData } from "../../core/pipeline/job-data.ts"
import type { TransferMethod } from "../transfer/deliver.ts"
import { sendFile } from "../transfer/send-file.ts"
import { targetDirectory } from "./prepare-disk.ts"

/** The kernel packages on this machine. */
export const KernelPackages = dataKey<ReadonlyArray<LocalArtifact>>("the kernel packages")

/** A kernel package in the target. */
export interface SentPackage {
  /** Its path in the target. */
  readonly path: string
  /** Its file name, as the job gave it. */
  readonly name: string
}

/** Left by `sendKernelPackages`. */
export const SentPackages = dataKey<ReadonlyArray<SentPackage>>("the kernel packages in the target")

/** Sends the kernel packages into the target. */
export const sendKernelPackages = (method: TransferMethod): Action<JobServices> =>
  retry(
    3,
    action({
      name: "send-kernel-packages",
      description: `send the kernel packages by ${method}`,
      timeoutSeconds: 600,
      run: Effect.gen(function* () {
        const sent: Array<SentPackage> = []
        for (const [index, deb] of (yield* getData(KernelPackages)).entries()) {
          const path = `/var/tmp/kernel-${index}.deb`
          const there = quoteWord(targetDirectory + path)
          const { status, output } = yield* sendFile(deb, method, `cat > ${there}`)
          if (status !== 0) {
            return yield* new JobError({
              message: `${deb.name} cannot be written to the target (cat ends with ${status}): ${output}`,
            })
          }
          sent.push({ path, name: deb.name })
        }
        yield* setData(SentPackages, sent)
      }),
    }),
  )
