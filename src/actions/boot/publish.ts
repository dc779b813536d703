import * as Effect from "effect/Effect"
import { CurrentJob, type JobServices } from "../../core/lab/services.ts"
import { DeviceServers } from "../../core/net/servers.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { type DispatchError } from "../../core/pipeline/errors.ts"
import { dataKey, setData } from "../../core/pipeline/job-data.ts"
import type { FileToDeliver } from "../transfer/deliver.ts"
import { tellTransfer } from "../transfer/tell-transfer.ts"

/** What a device is to boot from the network. */
export interface NetworkBoot {
  readonly kernel: Pick<FileToDeliver, "path">
  readonly initrd: Pick<FileToDeliver, "path"> | undefined
  readonly dtb: Pick<FileToDeliver, "path"> | undefined
  readonly commandLine: string
}

/** Where the device finds what was published last: for boot loaders that are told by typing. */
export interface Published {
  readonly serverAddress: string
  readonly tftpPort: number
  /** Paths to ask the TFTP server for. */
  readonly kernel: string
  readonly initrd: string | undefined
  readonly dtb: string | undefined
  readonly commandLine: string
}

/** Left by `publishBoot`. */
export const PublishedBoot = dataKey<Published>("what the device boots from the network")

/** Answers this device's firmware with a boot from the network, until the job ends or publishes another. */
export const publishBoot = (
  name: string,
  description: string,
  boot: Effect.Effect<NetworkBoot, DispatchError, JobServices>,
): Action<JobServices> =>
  action({
    name,
    description,
    timeoutSeconds: 60,
    run: Effect.gen(function* () {
      const { device } = yield* CurrentJob
      const servers = yield* DeviceServers
      const { kernel, initrd, dtb, commandLine } = yield* boot
      const publication = yield* servers.publish({
        ...(device.mac !== undefined && { mac: device.mac }),
        ...(device.address !== undefined && { address: device.address }),
        files: {
          vmlinuz: { path: kernel.path },
          ...(initrd && { "initrd.img": { path: initrd.path } }),
          ...(dtb && { "board.dtb": { path: dtb.path } }),
        },
        pxe: {
          kernel: "vmlinuz",
          ...(initrd && { initrd: "initrd.img" }),
          ...(dtb && { dtb: "board.dtb" }),
          commandLine,
        },
        onTransfer: yield* tellTransfer(),
      })
      yield* setData(PublishedBoot, {
        serverAddress: servers.address,
        tftpPort: publication.tftpPort,
        kernel: publication.path("vmlinuz"),
        initrd: initrd && publication.path("initrd.img"),
        dtb: dtb && publication.path("board.dtb"),
        commandLine,
      })
    }),
  })
