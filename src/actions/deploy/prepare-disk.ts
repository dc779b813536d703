import * as Effect from "effect/Effect"
import * as z from "zod"
import type { Shell } from "../../core/console/shell.ts"
import { quoteWord } from "../../core/console/quote.ts"
import type { Blocks } from "../../core/job/v2/job.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { JobError } from "../../core/pipeline/errors.ts"
import { dataKey, getData, setData } from "../../core/pipeline/job-data.ts"
import { DeviceShell } from "../connection.ts"

/** Where the target's root file system is mounted in the master image. */
export const targetDirectory = "/mnt/target"

/** The root file system under construction. */
export interface TargetPartition {
  /** Device node in the master image: "/dev/sda1". */
  readonly device: string
  readonly uuid: string
}

/** Left by `prepareDisk`. */
export const Target = dataKey<TargetPartition>("the target partition")

/** A partition for tests, and the kind of file system that is made on it. */
interface Partition {
  readonly number: number
  readonly filesystem: string
}

const number = z.int().min(1).describe("The partition's number")

/** Which partitions of a disk are for tests, beside others that are left alone. */
export const TestPartitions = z.strictObject({
  root: z
    .strictObject({
      number,
      filesystem: z.enum(["ext2", "ext3", "ext4", "btrfs", "xfs"]).default("ext4"),
    })
    .describe("For the root file system"),
  boot: z
    .strictObject({ number, filesystem: z.enum(["ext2", "ext3", "ext4"]).default("ext2") })
    .optional()
    .describe("For /boot, where the boot loader does not read the other one"),
})

/** How a disk is to be laid out. */
export interface DiskLayout {
  /** "/dev/sda" */
  readonly device: string
  readonly root: Partition
  /** A partition of its own for /boot. */
  readonly boot?: Partition | undefined
  /** Whether the partitions are there, beside others that are left alone; else the root's becomes the only one. */
  readonly partitioned: boolean
}

/** A disk with nothing but one partition for tests, with what the job wants otherwise. */
export const wholeDisk = (
  disk: string,
  {
    device = disk,
    filesystem = "ext4",
  }: NonNullable<Extract<Blocks["deploy"], { to: "master" }>["disk"]> = {},
): DiskLayout => ({ device, root: { number: 1, filesystem }, partitioned: false })

/** "/dev/sda" -> "/dev/sda1", "/dev/mmcblk0" -> "/dev/mmcblk0p1": Linux's naming of partitions. */
const partitionOf = (disk: string, number: number): string =>
  `${disk}${/\d$/.test(disk) ? "p" : ""}${number}`

/**
 * Makes the target's file systems and mounts them. What was on their partitions is lost, and all that was on a disk that
 * is not partitioned.
 */
export const prepareDisk = ({
  device,
  root,
  boot,
  partitioned,
}: DiskLayout): Action<JobServices> => {
  const disk = quoteWord(device)
  const rootPartition = partitionOf(device, root.number)
  const places = [
    { ...root, partition: rootPartition, directory: targetDirectory },
    ...(boot
      ? [
          {
            ...boot,
            partition: partitionOf(device, boot.number),
            directory: `${targetDirectory}/boot`,
          },
        ]
      : []),
  ]
  const made = places.map(({ partition, filesystem }) => `${filesystem} on ${partition}`)
  return action({
    name: "prepare-disk",
    description: `${partitioned ? "" : `partition ${device}, `}make ${made.join(", ")}`,
    timeoutSeconds: 300,
    run: Effect.gen(function* () {
      const shell = yield* getData(DeviceShell)
      const there = yield* shell.run(`${untilThere(disk)}; [ -b ${disk} ]`)
      if (there.status !== 0) {
        const { output } = yield* shell.run("cat /proc/partitions")
        return yield* new JobError({
          message: `the master image sees no disk ${device}; it sees ${disksIn(output).join(", ") || "none"}: check the disk's name and the master's drivers`,
        })
      }
      if (!partitioned) {
        // The first megabytes may hold boot loaders and tables that firmware would rather believe.
        yield* shell.check(`dd if=/dev/zero of=${disk} bs=1M count=16 2>/dev/null`)
        yield* shell.check(`printf 'o\\nn\\np\\n1\\n\\n\\nw\\n' | fdisk ${disk} > /dev/null`)
      }
      for (const { partition, filesystem, directory } of places) {
        yield* shell.check(`${untilThere(partition)}; ${makeFilesystem(filesystem, partition)}`)
        yield* shell.check(
          `mkdir -p ${directory} && mount -t ${filesystem} ${partition} ${directory}`,
        )
      }
      yield* setData(Target, { device: rootPartition, uuid: yield* uuidOf(shell, rootPartition) })
    }),
  })
}

/** The UUID of the file system on a partition. */
const uuidOf = (shell: Shell, partition: string) =>
  Effect.gen(function* () {
    const { output } = yield* shell.check(`blkid ${partition}`)
    const uuid = /\bUUID="([^"]+)"/.exec(output)?.[1]
    if (uuid !== undefined) return uuid
    return yield* new JobError({
      message: `blkid tells no UUID of ${partition}: ${output.trim()}`,
    })
  })

/**
 * Has the deployed system mount its boot partition at /boot, so that kernels which it installs itself go there; nothing
 * where it has none.
 */
export const mountBootAtStart = ({
  device,
  boot,
}: DiskLayout): ReadonlyArray<Action<JobServices>> => {
  if (!boot) return []
  const partition = partitionOf(device, boot.number)
  return [
    action({
      name: "mount-boot-at-start",
      description: `have the deployed system mount ${partition} at /boot`,
      timeoutSeconds: 60,
      run: Effect.gen(function* () {
        const shell = yield* getData(DeviceShell)
        const uuid = yield* uuidOf(shell, partition)
        yield* shell.check(
          `echo 'UUID=${uuid} /boot ${boot.filesystem} defaults 0 2' >> ${targetDirectory}/etc/fstab`,
        )
      }),
    }),
  ]
}

/** The command that waits for a device node for at most ten seconds. */
const untilThere = (node: string): string =>
  `i=0; while [ ! -b ${node} ] && [ $i -lt 20 ]; do sleep 0.5; i=$((i+1)); done`

/** The command that makes a file system over whatever was there: those of ext2 to ext4 want another option for it. */
export const makeFilesystem = (kind: string, partition: string): string =>
  `mkfs.${kind} -q ${kind.startsWith("ext") ? "-F" : "-f"} ${partition}`

const disksIn = (partitions: string): ReadonlyArray<string> =>
  [...partitions.matchAll(/^\s*\d+\s+\d+\s+\d+\s+(\S+)/gm)].map((match) => `/dev/${match[1]}`)
