import * as Effect from "effect/Effect"
import type { Device } from "../../core/lab/device.ts"
import type { Placeholders } from "../../core/lab/placeholders.ts"
import { CurrentJob, type JobServices } from "../../core/lab/services.ts"
import { DeviceServers } from "../../core/net/servers.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { type DispatchError } from "../../core/pipeline/errors.ts"
import { dataKey, setData } from "../../core/pipeline/job-data.ts"
import type { FileToDeliver } from "../transfer/deliver.ts"
import { tellTransfer } from "../transfer/tell-transfer.ts"

/** What a device is to boot from the network. */
export interface NetworkBoot {
  /** Nothing is answered to PXE without one. */
  readonly kernel: Pick<FileToDeliver, "path"> | undefined
  readonly initrd: Pick<FileToDeliver, "path"> | undefined
  readonly dtb: Pick<FileToDeliver, "path"> | undefined
  /** All of them in one FIT image. */
  readonly fit?: Pick<FileToDeliver, "path"> | undefined
  readonly commandLine: string
  /** What commands to the boot loader may name beside what is published. */
  readonly placeholders?: Placeholders
}

/**
 * Where the device finds what was published last, for boot loaders that are told by typing: {SERVER_IP}, {TFTP_PORT},
 * {HTTP_PORT}, {BOOTARGS}, and the paths {KERNEL}, {RAMDISK}, {DTB} and {FIT} to ask either server for. Left by `publishBoot`.
 */
export const PublishedBoot = dataKey<Placeholders>("what the device boots from the network")

/** Tells this device's firmware, when it asks the network, to boot its own disk, until the job ends or publishes another. */
export const publishLocalBoot = (): Action<JobServices> =>
  action({
    name: "publish-local-boot",
    description: "tell the device's firmware to boot its own disk",
    timeoutSeconds: 60,
    run: Effect.gen(function* () {
      const { device } = yield* CurrentJob
      const servers = yield* DeviceServers
      yield* servers.publish({ ...whom(device), pxe: "local", onTransfer: yield* tellTransfer() })
    }),
  })

/** Who is answered. */
const whom = ({ mac, address }: Device) => ({
  ...(mac !== undefined && { mac }),
  ...(address !== undefined && { address }),
})

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
      const { kernel, initrd, dtb, fit, commandLine, placeholders } = yield* boot
      const publication = yield* servers.publish({
        ...whom(device),
        files: {
          ...(kernel && { vmlinuz: { path: kernel.path } }),
          ...(initrd && { "initrd.img": { path: initrd.path } }),
          ...(dtb && { "board.dtb": { path: dtb.path } }),
          ...(fit && { "image.fit": { path: fit.path } }),
        },
        ...(kernel && {
          pxe: {
            kernel: "vmlinuz",
            ...(initrd && { initrd: "initrd.img" }),
            ...(dtb && { dtb: "board.dtb" }),
            commandLine,
          },
        }),
        onTransfer: yield* tellTransfer(),
      })
      yield* setData(PublishedBoot, {
        ...placeholders,
        SERVER_IP: servers.address,
        TFTP_PORT: String(publication.tftpPort),
        HTTP_PORT: String(publication.httpPort),
        KERNEL: kernel && publication.path("vmlinuz"),
        RAMDISK: initrd && publication.path("initrd.img"),
        DTB: dtb && publication.path("board.dtb"),
        FIT: fit && publication.path("image.fit"),
        BOOTARGS: commandLine,
      })
    }),
  })
