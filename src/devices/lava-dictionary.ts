import * as z from "zod"
import { type BootByCommands, bootLoaderOf } from "../actions/boot/boot-loader.ts"
import { type BootMethod, bootMethod } from "../actions/boot/boot-method.ts"
import { bootToLoader } from "../actions/boot/boot-to-loader.ts"
import { minimalBoot } from "../actions/boot/minimal.ts"
import { networkBoot } from "../actions/boot/network-boot.ts"
import { sshBoot } from "../actions/boot/ssh.ts"
import { deployOverlay } from "../actions/test/create-overlay.ts"
import { copyToHost } from "../actions/deploy/copy-to-host.ts"
import { flasherDeploy } from "../actions/deploy/flasher.ts"
import { architectures, type LegacyImage } from "../actions/deploy/legacy-image.ts"
import { nfsDeploy, tftpDeploy } from "../actions/deploy/tftp.ts"
import type { Blocks } from "../core/job/v2/job.ts"
import type { Device } from "../core/lab/device.ts"
import { DictionaryParameters } from "../core/lab/dictionary.ts"
import { defineDevicePlugin, type Planner } from "../core/lab/plugin.ts"
import { ConfigurationError } from "../core/pipeline/errors.ts"
import { watchOf, withFinalMessage, withSoftReboot } from "./lava-dictionary/boot-defaults.ts"
import { bootLoadersOf } from "./lava-dictionary/boot-loaders.ts"

const Parameters = z.strictObject(DictionaryParameters)

type DictionaryBoard = Device<DictionaryParameters>

/**
 * Devices that a device dictionary of LAVA's describes. They can what its methods name and the tables here have: a method
 * more is a line more.
 */
export const lavaDictionary = defineDevicePlugin<DictionaryParameters>({
  name: "lava-dictionary",
  parameters: Parameters,
  context: ({ constants }) => ({
    lava_test_results_dir: constants?.posix?.lava_test_results_dir,
  }),
  deploy: whereOffered("deploy", {
    tftp: (deploy, device, job) =>
      tftpDeploy(withHeader(deploy, device), device, job, {
        method: methodFor(deploy.kernel.type, device),
        architecture: architectureOf(device),
      }),
    nfs: nfsDeploy,
    ssh: copyToHost,
    flasher: flasherDeploy,
    overlay: (_deploy, _device, job) => deployOverlay(job),
  }),
  boot: whereOffered("boot", {
    minimal: (boot, device, job) =>
      minimalBoot(withSoftReboot(boot, device.parameters), device, job, watchOf(device.parameters)),
    "u-boot": (boot, device) => bootByLoader(boot, device),
    grub: (boot, device) => bootByLoader(boot, device),
    bootloader: (boot, device) =>
      bootToLoader(
        withSoftReboot(boot, device.parameters),
        withLoader(boot.bootloader, device),
        watchOf(device.parameters, boot.bootloader),
      ),
    ssh: (boot, device, job) => sshBoot(boot, device, job, { isStarting: false, isKept: true }),
  }),
})

/** The planners of a table, which refuse what a dictionary does not name. */
function whereOffered<Table extends object>(kind: "deploy" | "boot", table: Table): Table {
  const planners = Object.entries(table) as ReadonlyArray<
    readonly [string, Planner<unknown, DictionaryParameters>]
  >
  return Object.fromEntries(
    planners.map(([name, planner]): [string, typeof planner] => [
      name,
      (block, device, job) => {
        // Every device gets to its boot loader if it boots by it.
        if (name !== "bootloader") offered(kind, name, device)
        return planner(block, device, job)
      },
    ]),
  ) as Table
}

/** Throws ConfigurationError where a device's dictionary does not name a method. */
const offered = (
  kind: "deploy" | "boot",
  method: string,
  { name, parameters }: DictionaryBoard,
): void => {
  const methods = parameters.actions?.[kind]?.methods ?? {}
  if (Object.hasOwn(methods, method)) return
  throw new ConfigurationError({
    message: `${name} cannot ${kind} by "${method}": its dictionary's actions.${kind}.methods has ${Object.keys(methods).join(", ") || "nothing"}`,
    device: name,
  })
}

const bootByLoader = (boot: BootByCommands, device: DictionaryBoard) => {
  const { method } = boot
  const { parameters } = device
  return networkBoot(
    withFinalMessage(boot, parameters, method),
    withLoader(method, device),
    watchOf(parameters, method),
    {
      architecture: architectureOf(device),
      // The kernel's arguments stand in a dictionary's commands.
      commandLine: "",
      placeholders: {
        LAVA_MAC: parameters.actions?.boot?.methods?.[method]?.parameters?.lava_mac,
      },
    },
  )
}

/** The device as the actions take it that type to its boot loader. */
const withLoader = (method: BootByCommands["method"], device: DictionaryBoard) => {
  offered("boot", method, device)
  const talkedTo = { ...device, parameters: bootLoadersOf(device.parameters) }
  try {
    bootLoaderOf(method, talkedTo)
  } catch {
    throw new ConfigurationError({
      message: `the dictionary of ${device.name} does not say the prompt of its boot loader: give actions.boot.methods.${method}.parameters a "bootloader_prompt"`,
      device: device.name,
    })
  }
  return talkedTo
}

type TftpDeploy = Extract<Blocks["deploy"], { to: "tftp" }>

/** The ramdisk gets U-Boot's header where the dictionary wants it to. */
const withHeader = (deploy: TftpDeploy, { parameters }: DictionaryBoard): TftpDeploy =>
  deploy.ramdisk && parameters.actions?.deploy?.parameters?.add_header === "u-boot"
    ? { ...deploy, ramdisk: { ...deploy.ramdisk, "add-header": "u-boot" } }
    : deploy

/** How the kernel is booted, by the load addresses that the dictionary has; GRUB needs none. */
const methodFor = (
  type: TftpDeploy["kernel"]["type"],
  { name, parameters: { parameters } }: DictionaryBoard,
): BootMethod | undefined => {
  const { bootz, booti, bootm } = parameters ?? {}
  if (!bootz && !booti && !bootm) return undefined
  const method = bootMethod(type, { bootz, booti, bootm })
  const { kernel } = method.addresses
  if (method.command === "bootm" && type !== "uimage" && Number.isNaN(Number(kernel))) {
    throw new ConfigurationError({
      message: `a uImage of the ${type} cannot be made: it says where it is loaded, but the dictionary of ${name} has "${kernel}" for it`,
      device: name,
    })
  }
  return method
}

const architectureOf = ({ name, parameters }: DictionaryBoard): LegacyImage["architecture"] => {
  const wanted = parameters.actions?.deploy?.parameters?.mkimage_arch ?? "arm"
  const found = architectures.find((each) => each === wanted)
  if (found) return found
  throw new ConfigurationError({
    message: `the dictionary of ${name} has the mkimage_arch "${wanted}", but images can be made for ${architectures.join(", ")}`,
    device: name,
  })
}
