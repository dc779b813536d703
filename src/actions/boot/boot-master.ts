import * as Effect from "effect/Effect"
import * as z from "zod"
import { Artifact } from "../../core/artifacts/artifact.ts"
import { Artifacts } from "../../core/artifacts/artifacts.ts"
import type { Pattern } from "../../core/console/pattern.ts"
import { PatternText } from "../../core/console/pattern-text.ts"
import { makeShell } from "../../core/console/shell.ts"
import type { Device } from "../../core/lab/device.ts"
import type { JobServices } from "../../core/lab/services.ts"
import {
  type Action,
  action,
  fallback,
  retry,
  sequence,
  withTimeout,
} from "../../core/pipeline/action.ts"
import { log } from "../../core/pipeline/events.ts"
import { setData } from "../../core/pipeline/job-data.ts"
import { DeviceShell, deviceConsole } from "../connection.ts"
import { resetDevice } from "../power/reset-device.ts"
import { type BootLoaderParameters, bootLoaderCommands, bootLoaderOf } from "./boot-loader.ts"
import { publishBoot } from "./publish.ts"
import { type BootWatch, waitForSystem } from "./wait-for-system.ts"

/** A small system in an initrd, from which disks are written: Linux, a POSIX shell, tar, wget, nc. */
export const MasterImage = z.strictObject({
  kernel: Artifact.describe("The master image's kernel"),
  initrd: Artifact.describe("The master image's initrd, which is all of its system"),
  dtb: Artifact.optional().describe("The board's device tree"),
  kernel_args: z.string().default("").describe("The master image's kernel arguments"),
  prompt: PatternText.describe("The prompt of its shell, a regular expression"),
  u_boot_commands: z
    .string()
    .optional()
    .describe(
      "Boot it by typing this list of U-Boot commands; where nothing is said, the firmware boots by PXE",
    ),
  grub_commands: z.string().optional().describe("Boot it by typing this list of GRUB commands"),
})

/** See the schema of the same name. */
export type MasterImage = z.output<typeof MasterImage>

/** Such a system in a partition of the device's storage, which the firmware boots when it is left alone. */
export const MasterPartition = z.strictObject({
  partition: z
    .int()
    .min(1)
    .describe("The number of the partition that holds the master image: nothing is deployed there"),
  prompt: MasterImage.shape.prompt,
})

/** See the schema of the same name. */
export type MasterPartition = z.output<typeof MasterPartition>

/** Says of a device type's parameters where the master image is to be booted by a list of commands that is not there. */
export const masterCommandsAreKnown = (
  parameters: BootLoaderParameters & { readonly master: MasterImage | MasterPartition },
  context: z.RefinementCtx,
): void => {
  const { master } = parameters
  if (!("kernel" in master)) return
  for (const loader of ["u_boot", "grub"] as const) {
    const wanted = master[`${loader}_commands`]
    const commands = parameters[loader]?.commands ?? {}
    if (wanted === undefined || commands[wanted]) continue
    context.addIssue({
      code: "custom",
      path: ["master", `${loader}_commands`],
      message: `there is no list ${JSON.stringify(wanted)} in ${loader}.commands, which has ${Object.keys(commands).join(", ") || "none"}`,
    })
  }
}

/** A device that has a master image, by whichever way it is booted. */
export type DeviceWithMaster = Device<
  BootLoaderParameters & { readonly master: MasterImage | MasterPartition }
>

/** Brings a device from any state into its master image. */
export const bootMaster = (device: DeviceWithMaster, watch: BootWatch): Action<JobServices> => {
  const { master } = device.parameters
  const fromNetwork = "kernel" in master ? master : undefined
  return retry(
    2,
    sequence("boot-master", "boot the master image", [
      ...(fromNetwork
        ? [
            publishBoot(
              "publish-master",
              "offer the master image to the device's firmware",
              fetchMaster(fromNetwork),
            ),
          ]
        : []),
      resetDevice(device),
      ...typedBoot(device, "u-boot", fromNetwork?.u_boot_commands, watch),
      ...typedBoot(device, "grub", fromNetwork?.grub_commands, watch),
      waitForMaster(master.prompt, watch),
    ]),
  )
}

/** Brings a device back into its master image when what was deployed did not come up, so that the next job can use it. */
export const returnToMaster = (device: DeviceWithMaster, watch: BootWatch): Action<JobServices> =>
  fallback(
    {
      failed: "the deployed system did not come up",
      restored: "the board is back in its master image",
    },
    withTimeout(600, {
      ...bootMaster(device, watch),
      name: "return-to-master",
      description: "bring the board back to its master image",
    }),
  )

/** Types a list of the boot loader's commands, where the device type wants it. */
const typedBoot = (
  device: Device<BootLoaderParameters>,
  method: Parameters<typeof bootLoaderOf>[0],
  list: string | undefined,
  watch: BootWatch,
): ReadonlyArray<Action<JobServices>> => {
  if (list === undefined) return []
  const loader = bootLoaderOf(method, device)
  return [bootLoaderCommands(loader, loader.commands[list] ?? [], watch)]
}

const fetchMaster = (master: MasterImage) =>
  Effect.gen(function* () {
    const { fetch } = yield* Artifacts
    return {
      kernel: yield* fetch(master.kernel),
      initrd: yield* fetch(master.initrd),
      dtb: master.dtb && (yield* fetch(master.dtb)),
      commandLine: master.kernel_args,
    }
  })

const waitForMaster = (prompt: string, watch: BootWatch): Action<JobServices> =>
  action({
    name: "wait-for-master",
    description: `wait for the master image's prompt "${prompt}"`,
    timeoutSeconds: 180,
    run: Effect.gen(function* () {
      const prompts: ReadonlyArray<Pattern> = [{ name: "prompt", pattern: new RegExp(prompt) }]
      yield* waitForSystem(`the master image's prompt "${prompt}"`, prompts, watch)
      const shell = yield* makeShell(yield* deviceConsole, prompts)
      yield* setData(DeviceShell, shell)
      const { output } = yield* shell.check("uname -rm")
      yield* log("info", `the master image runs Linux ${output.trim()}`)
    }),
  })
