import * as z from "zod"
import { bootByCommands } from "../actions/boot/boot-loader.ts"
import { LoadAddresses } from "../actions/boot/boot-method.ts"
import {
  MasterImage,
  masterCommandsAreKnown,
  MasterPartition,
  returnToMaster,
} from "../actions/boot/boot-master.ts"
import { bootToLoader } from "../actions/boot/boot-to-loader.ts"
import { minimalBoot } from "../actions/boot/minimal.ts"
import { bootWatch } from "../actions/boot/wait-for-system.ts"
import { flasherDeploy } from "../actions/deploy/flasher.ts"
import { locateBootFiles, nameBootFiles } from "../actions/deploy/locate-boot-files.ts"
import {
  deployedCommandLine,
  type MasterDeploy,
  masterDeploy,
  MasterDeployParameters,
} from "../actions/deploy/master-deploy.ts"
import {
  type DiskLayout,
  mountBootAtStart,
  TestPartitions,
  wholeDisk,
} from "../actions/deploy/prepare-disk.ts"
import { unmountTarget } from "../actions/deploy/unmount-target.ts"
import { defineDevicePlugin } from "../core/lab/plugin.ts"
import { ConfigurationError } from "../core/pipeline/errors.ts"

/** What a device type of this plugin may set. */
const MasterPartitionParameters = z
  .strictObject({
    master: z
      .union([MasterPartition, MasterImage])
      .describe(
        "The master image: the partition that the board boots it from by itself, or a kernel and an initrd that it boots over the network",
      ),
    partitions: TestPartitions.optional().describe(
      "The partitions for tests; without them the whole disk is, which takes a master image from the network",
    ),
    load_addresses: LoadAddresses.describe("Where U-Boot loads what it boots"),
    ...MasterDeployParameters,
  })
  .superRefine(masterCommandsAreKnown)
  .superRefine(({ master, partitions }, context) => {
    if ("kernel" in master) return
    const issue = (path: ReadonlyArray<string>, message: string) =>
      context.addIssue({ code: "custom", path: [...path], message })
    if (!partitions) {
      return issue(["master"], "lies on the disk: say in partitions which others are for tests")
    }
    for (const name of ["root", "boot"] as const) {
      if (partitions[name]?.number !== master.partition) continue
      issue(["partitions", name, "number"], "is the master image's own partition")
    }
  })

type Parameters = z.output<typeof MasterPartitionParameters>

/**
 * Development boards with a master image in a partition of their own storage, which they boot by themselves. What is
 * deployed goes into other partitions, and is booted from there by commands typed to U-Boot. Where that does not come
 * up, the board is brought back to its master image.
 */
export const masterPartition = defineDevicePlugin<Parameters>({
  name: "master-partition",
  parameters: MasterPartitionParameters,
  deploy: {
    master: (deploy, device, job) => {
      const layout = layoutOf(device.parameters, deploy.disk)
      return masterDeploy(deploy, device, job, layout, [
        ...mountBootAtStart(layout),
        locateBootFiles(layout, deployedCommandLine(deploy, device.parameters, job)),
        unmountTarget(),
      ])
    },
    flasher: flasherDeploy,
  },
  boot: {
    "u-boot": (boot, device) => {
      const { parameters } = device
      const watch = bootWatch(parameters)
      const booted = bootByCommands(boot, device, watch, [
        nameBootFiles(layoutOf(parameters), parameters.load_addresses),
      ])
      return { ...booted, children: [...(booted.children ?? []), returnToMaster(device, watch)] }
    },
    bootloader: (boot, device) => bootToLoader(boot, device, bootWatch(device.parameters)),
    minimal: (boot, device, job) => minimalBoot(boot, device, job, bootWatch(device.parameters)),
  },
})

/** Where systems are deployed to, as the device type and the job say. */
const layoutOf = (
  { disk, partitions }: Parameters,
  wanted: MasterDeploy["disk"] = {},
): DiskLayout => {
  if (!partitions) return wholeDisk(disk, wanted)
  if (wanted.device !== undefined) {
    throw new ConfigurationError({
      message: `disk.device of the job cannot be had: the device type says which partitions of ${disk} are for tests`,
    })
  }
  const { root, boot } = partitions
  const filesystem = wanted.filesystem ?? root.filesystem
  return { device: disk, root: { ...root, filesystem }, boot, partitioned: true }
}
