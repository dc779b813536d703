import * as Effect from "effect/Effect"
import * as z from "zod"
import { Artifact } from "../../core/artifacts/artifact.ts"
import { Artifacts } from "../../core/artifacts/artifacts.ts"
import type { Pattern } from "../../core/console/pattern.ts"
import { PatternText } from "../../core/console/pattern-text.ts"
import { makeShell } from "../../core/console/shell.ts"
import type { Device } from "../../core/lab/device.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action, retry, sequence } from "../../core/pipeline/action.ts"
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

/** Brings a device from any state into its master image. */
export const bootMaster = (
  device: Device<BootLoaderParameters & { readonly master: MasterImage }>,
  watch: BootWatch,
): Action<JobServices> => {
  const { master } = device.parameters
  return retry(
    2,
    sequence("boot-master", "boot the master image", [
      publishBoot(
        "publish-master",
        "offer the master image to the device's firmware",
        fetchMaster(master),
      ),
      resetDevice(device),
      ...typedBoot(device, "u-boot", master.u_boot_commands, watch),
      ...typedBoot(device, "grub", master.grub_commands, watch),
      waitForMaster(master.prompt, watch),
    ]),
  )
}

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
