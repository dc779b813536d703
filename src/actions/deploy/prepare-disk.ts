import * as Effect from "effect/Effect"
import { quoteWord } from "../../core/console/quote.ts"
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

/** How a disk is to be laid out. */
export interface DiskLayout {
  /** "/dev/sda" */
  readonly device: string
  readonly filesystem: string
}

/** "/dev/sda" -> "/dev/sda1", "/dev/mmcblk0" -> "/dev/mmcblk0p1": Linux's naming of partitions. */
const partitionOf = (disk: string, number: number): string =>
  `${disk}${/\d$/.test(disk) ? "p" : ""}${number}`

/** Gives a disk one partition, formats it and mounts it. What was on the disk is lost. */
export const prepareDisk = (disk: DiskLayout): Action<JobServices> => {
  const partition = partitionOf(disk.device, 1)
  const device = quoteWord(disk.device)
  return action({
    name: "prepare-disk",
    description: `partition ${disk.device}, make ${disk.filesystem} on ${partition}`,
    timeoutSeconds: 300,
    run: Effect.gen(function* () {
      const shell = yield* getData(DeviceShell)
      const there = yield* shell.run(
        `i=0; while [ ! -b ${device} ] && [ $i -lt 20 ]; do sleep 0.5; i=$((i+1)); done; [ -b ${device} ]`,
      )
      if (there.status !== 0) {
        const { output } = yield* shell.run("cat /proc/partitions")
        return yield* new JobError({
          message: `the master image sees no disk ${disk.device}; it sees ${disksIn(output).join(", ") || "none"}: check the disk's name and the master's drivers`,
        })
      }
      // The first megabytes may hold boot loaders and tables that firmware would rather believe.
      yield* shell.check(`dd if=/dev/zero of=${device} bs=1M count=16 2>/dev/null`)
      yield* shell.check(`printf 'o\\nn\\np\\n1\\n\\n\\nw\\n' | fdisk ${device} > /dev/null`)
      yield* shell.check(
        `i=0; while [ ! -b ${partition} ] && [ $i -lt 20 ]; do sleep 0.5; i=$((i+1)); done; ${makeFilesystem(disk.filesystem, partition)}`,
      )
      yield* shell.check(
        `mkdir -p ${targetDirectory} && mount -t ${disk.filesystem} ${partition} ${targetDirectory}`,
      )
      const { output } = yield* shell.check(`blkid ${partition}`)
      const uuid = /\bUUID="([^"]+)"/.exec(output)?.[1]
      if (uuid === undefined) {
        return yield* new JobError({
          message: `blkid tells no UUID of ${partition}: ${output.trim()}`,
        })
      }
      yield* setData(Target, { device: partition, uuid })
    }),
  })
}

/** The command that makes a file system over whatever was there: those of ext2 to ext4 want another option for it. */
export const makeFilesystem = (kind: string, partition: string): string =>
  `mkfs.${kind} -q ${kind.startsWith("ext") ? "-F" : "-f"} ${partition}`

const disksIn = (partitions: string): ReadonlyArray<string> =>
  [...partitions.matchAll(/^\s*\d+\s+\d+\s+\d+\s+(\S+)/gm)].map((match) => `/dev/${match[1]}`)
