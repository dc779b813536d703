import { basename } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { type ConfigurationError, InfrastructureError, messageOf } from "../pipeline/errors.ts"
import { firstAddress, serverUrl } from "./address.ts"
import { listening, sharedServer } from "./listening.ts"
import type { Uploads } from "./http/uploads.ts"
import type * as NetcatModule from "./netcat.ts"
import { nfsExport, type NfsExport, type NfsRequest } from "./nfs/nfs-export.ts"
import { type Publication, PublishedFiles, type PublishRequest } from "./published-files.ts"
import type { ReceivedFile } from "./receive-stream.ts"
import { type FileSource, serveFile } from "./served-file.ts"
import { type DispatcherSettings, portsOf } from "./settings.ts"
import { hostNetwork, type Network } from "./network.ts"
import { type StrayTransfers, strayTransfers } from "./stray-transfers.ts"
import type { TransferObserver, TransferRecord } from "./transfer-record.ts"

/** What has been published for a device's boot, until its Scope closes. */
export interface BootPublication extends Publication {
  /** UDP port of the TFTP server. */
  readonly tftpPort: number
  /** TCP port of the HTTP server, which has the same files. */
  readonly httpPort: number
}

/** A file that is offered to a device. */
export interface Offer extends TransferObserver {
  /** The device's IP address, if nobody else is to be answered. */
  readonly from?: string
}

/** Where a file is offered by HTTP. */
export interface HttpOffer {
  readonly url: string
}

/** Where a file is offered by netcat: it is sent to the first that connects. */
export interface NetcatOffer {
  readonly address: string
  readonly port: number
  /** Waits, at most this many seconds, until the file has been sent. */
  readonly sent: (seconds: number) => Effect.Effect<NetcatModule.NetcatSent, InfrastructureError>
}

/** A file that a device is to send. */
export interface FileToAccept extends TransferObserver {
  /** Where it appears when it is whole. */
  readonly path: string
  readonly maxBytes: number
  /** Bytes of the whole, where the device has told: no end of it is awaited then. */
  readonly size?: number
  /** Lower-case hex; a file with another checksum is thrown away. */
  readonly sha256?: string
  /** The device's IP address, if nobody else may send (netcat; HTTP has an unguessable path). */
  readonly from?: string
}

/** Where a device may send one file, once. */
export interface IncomingFile {
  readonly address: string
  readonly port: number
  /** The path to PUT or POST to, with its leading slash; empty for netcat. */
  readonly urlPath: string
  /** Waits, at most this many seconds, until the file has come whole. */
  readonly received: (seconds: number) => Effect.Effect<ReceivedFile, InfrastructureError>
}

/**
 * The servers from which devices get what jobs publish, and to which they send. Each is started when a
 * job first needs it and is shared by all jobs of the process; what a job publishes goes with its Scope.
 */
export class DeviceServers extends Context.Service<
  DeviceServers,
  {
    /** IP address by which devices reach this machine. */
    readonly address: string
    /** Publishes for network boot, over TFTP and HTTP. */
    readonly publish: (
      request: PublishRequest,
    ) => Effect.Effect<BootPublication, ConfigurationError | InfrastructureError, Scope.Scope>
    /** Offers one file by HTTP, to be fetched any number of times, at an unguessable URL. */
    readonly offerHttp: (
      source: FileSource,
      offer: Offer & { readonly name: string },
    ) => Effect.Effect<HttpOffer, ConfigurationError | InfrastructureError, Scope.Scope>
    /** Offers one file by netcat, once. */
    readonly offerNetcat: (
      source: FileSource,
      offer: Offer,
    ) => Effect.Effect<NetcatOffer, ConfigurationError | InfrastructureError, Scope.Scope>
    /** Accepts one file from a device. */
    readonly acceptFile: (
      method: "http" | "netcat",
      file: FileToAccept,
    ) => Effect.Effect<IncomingFile, InfrastructureError, Scope.Scope>
    /** Exports an empty directory by NFS, for a device's root file system. */
    readonly exportNfs: (
      request: NfsRequest,
    ) => Effect.Effect<NfsExport, InfrastructureError, Scope.Scope>
  }
>()("lab-dispatch/DeviceServers") {
  /** The servers as a lab file sets them up. `onStray` is told of the transfers that no job is told of. */
  static readonly layer = (
    settings: DispatcherSettings,
    onStray: (record: TransferRecord) => void = () => {},
  ): Layer.Layer<DeviceServers> => Layer.effect(DeviceServers, makeServers(settings, onStray))
}

/**
 * Servers that stop when the Scope closes.
 *
 * @param onStray told of the transfers that no job is told of
 * @param network the network to listen on
 */
export const makeServers = (
  settings: DispatcherSettings,
  onStray: (record: TransferRecord) => void,
  network: Network = hostNetwork,
): Effect.Effect<DeviceServers["Service"], never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => make(settings, scope, strayTransfers(onStray), network))

const make = (
  settings: DispatcherSettings,
  scope: Scope.Scope,
  { claim, onTransfer }: StrayTransfers,
  network: Network,
): DeviceServers["Service"] => {
  const { bind } = settings
  const address = settings.address ?? (bind === "0.0.0.0" || bind === "::" ? firstAddress() : bind)
  const files = new PublishedFiles()
  const common = { bind, address, network, files, onTransfer }

  const tftp = sharedServer(
    scope,
    listening(
      {
        what: "TFTP server",
        bind,
        port: `UDP port ${settings.tftp.port}`,
        setting: "dispatcher.tftp.port",
      },
      async () => {
        const { TftpServer } = await import("./tftp/server.ts")
        return TftpServer.listen({ ...common, port: settings.tftp.port })
      },
    ),
  )
  const http = sharedServer(
    scope,
    listening(
      {
        what: "HTTP server",
        bind,
        port: `TCP port ${settings.http.port}`,
        setting: "dispatcher.http.port",
      },
      async () => {
        const { HttpServer } = await import("./http/server.ts")
        return HttpServer.listen({ ...common, port: settings.http.port })
      },
    ),
  )
  /** Listens on a port of the lab's for one peer, who is the one in `from` if that is given. */
  const netcat = <A>(
    { from, onProgress, onTransfer: tell = onTransfer }: Offer,
    listen: (
      module: typeof NetcatModule,
      options: NetcatModule.NetcatOptions,
    ) => Promise<NetcatModule.Netcat<A>>,
  ) =>
    listening(
      {
        what: "netcat listener",
        bind,
        port: `TCP port ${settings.netcat.port}`,
        setting: "dispatcher.netcat.port",
      },
      async () =>
        listen(await import("./netcat.ts"), {
          bind,
          network,
          ports: portsOf(settings.netcat.port),
          ...(from !== undefined && { from }),
          ...(onProgress && { onProgress }),
          onTransfer: tell,
        }),
    )

  return {
    address,

    publish: Effect.fnUntraced(function* (request) {
      const { port: tftpPort } = yield* tftp
      const { port: httpPort } = yield* http
      return { ...(yield* files.publish(claim(request))), tftpPort, httpPort }
    }),

    offerHttp: Effect.fnUntraced(function* (source, { name, from, ...observer }) {
      const { port } = yield* http
      const { path } = yield* files.publish({
        ...claim(observer),
        files: { [name]: source },
        ...(from !== undefined && { address: from }),
      })
      return { url: `${serverUrl("http", address, port)}/${path(name)}` }
    }),

    offerNetcat: Effect.fnUntraced(function* (source, offer) {
      const file = yield* serveFile(source)
      const { port, done } = yield* netcat(offer, (module, options) => module.offer(options, file))
      const what = "The file that was offered to the device by netcat"
      return { address, port, sent: (seconds) => outcome(done, what, seconds) }
    }),

    acceptFile: Effect.fnUntraced(function* (method, file) {
      const what = `The file that the device was to send by ${method} (to be ${basename(file.path)} here)`
      if (method === "netcat") {
        const { port, done } = yield* netcat(file, (module, options) =>
          module.collect(options, file),
        )
        return { address, port, urlPath: "", received: (seconds) => outcome(done, what, seconds) }
      }
      const { port, uploads } = yield* http
      const { urlPath, done } = yield* expectUpload(uploads, claim(file))
      return { address, port, urlPath, received: (seconds) => outcome(done, what, seconds) }
    }),

    exportNfs: (request) => nfsExport(settings.nfs, { bind, address, network }, request),
  }
}

const expectUpload = (uploads: Uploads, file: FileToAccept) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const done = Promise.withResolvers<ReceivedFile>()
      done.promise.catch(() => undefined) // nobody need be waiting
      const path = uploads.expect({
        ...file,
        onEnd: (result) => (result instanceof Error ? done.reject(result) : done.resolve(result)),
      })
      return { path, urlPath: `/${path}`, done: done.promise }
    }),
    ({ path }) => Effect.sync(() => uploads.withdraw(path)),
  )

/** Waits for the end of a transfer, as an Effect with a deadline. */
const outcome = <A>(
  done: Promise<A>,
  what: string,
  seconds: number,
): Effect.Effect<A, InfrastructureError> =>
  Effect.tryPromise({
    try: () => done,
    catch: (cause) =>
      new InfrastructureError({
        message: `${what} did not come through: ${messageOf(cause)}.`,
        cause,
      }),
  }).pipe(
    Effect.timeoutOrElse({
      duration: `${seconds} seconds`,
      orElse: () =>
        new InfrastructureError({ message: `${what} did not come through within ${seconds} s.` }),
    }),
  )
