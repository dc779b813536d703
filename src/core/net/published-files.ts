import { randomBytes } from "node:crypto"
import { isIP } from "node:net"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Exit from "effect/Exit"
import { plainAddress } from "./address.ts"
import { ConfigurationError, type InfrastructureError } from "../pipeline/errors.ts"
import { type BootEntry, commandLineFault, pxelinuxConfig } from "./pxe-config.ts"
import {
  type FileRequest,
  normalizedPath,
  type Published,
  type RouteAnswer,
  route,
} from "./routes.ts"
import { type FileSource, loadFile, serveFile, ServedFile } from "./served-file.ts"
import type { TransferObserver } from "./transfer-record.ts"

/** What a job wants devices to get. */
export interface PublishRequest extends TransferObserver {
  /** The device's MAC address; its PXE configuration is found by it. Any case, `:` or `-`. */
  readonly mac?: string
  /** The device's IP address. If given, nobody else is answered; leave it out behind a NAT. */
  readonly address?: string
  /** Files under the job's own unguessable prefix, by relative path. */
  readonly files?: Readonly<Record<string, FileSource>>
  /** Boot loader binaries, at the fixed names that firmware asks for ("pxelinux.0", "ldlinux.c32"). */
  readonly loaders?: Readonly<Record<string, FileSource>>
  /** What a PXE boot of this device starts; its files are among `files`. */
  readonly pxe?: BootEntry
}

/** What has been published, until its Scope closes. */
export interface Publication {
  /** The prefix of the job's own files. */
  readonly token: string
  /**
   * The path by which a device asks for one of the job's files, over TFTP or HTTP: `<token>/<name>`.
   * Throws if there is no such file.
   */
  readonly path: (name: string) => string
}

/**
 * All that one dispatcher serves to devices, over TFTP and HTTP alike. It maps names to files that jobs
 * have published; there is no directory behind it, so no name leads anywhere else.
 */
export class PublishedFiles {
  /** Newest first: what a job publishes later for the same device is what the device gets. */
  #published: ReadonlyArray<Published> = []

  /**
   * Publishes files until the Scope closes; transfers under way then are ended. Fails with
   * ConfigurationError if a name, the MAC, the address or the command line cannot be used, or a file
   * does not exist, InfrastructureError if a file cannot be read.
   */
  publish(
    request: PublishRequest,
  ): Effect.Effect<Publication, ConfigurationError | InfrastructureError, Scope.Scope> {
    return Effect.acquireRelease(
      // The files belong to a Scope of their own, so that a publication that fails half-way, or is
      // interrupted, gives back what it opened, and so that it disappears before its files do.
      Effect.gen({ self: this }, function* () {
        const scope = yield* Scope.make()
        const published = yield* prepare(request).pipe(
          Scope.provide(scope),
          Effect.onError(() => Scope.close(scope, Exit.void)),
        )
        this.#published = [published, ...this.#published]
        return { published, scope }
      }),
      ({ published, scope }) => {
        this.#published = this.#published.filter((other) => other !== published)
        return Scope.close(scope, Exit.void)
      },
    ).pipe(Effect.map(({ published }) => ({ token: published.token, path: pathOf(published) })))
  }

  /** The file that a request is answered with, if any. */
  lookup(request: FileRequest): RouteAnswer | undefined {
    return route(request, this.#published)
  }

  /**
   * Who is told of a request that is not answered: the job whose token, MAC or address it shows.
   */
  observerOf(request: FileRequest): TransferObserver | undefined {
    const name = (normalizedPath(request.path) ?? "").toLowerCase()
    const peer = plainAddress(request.peer)
    return this.#published.find(
      ({ token, mac, address }) =>
        name.startsWith(`${token}/`) ||
        (mac !== undefined && name.includes(mac)) ||
        (address !== undefined && address === peer),
    )?.observer
  }
}

const prepare = Effect.fnUntraced(function* (request: PublishRequest) {
  const token = randomBytes(12).toString("hex")
  const published: Published = {
    token,
    mac: request.mac === undefined ? undefined : yield* hyphenated(request.mac),
    address: request.address === undefined ? undefined : yield* checkedAddress(request.address),
    files: yield* openAll(request.files ?? {}, serveFile),
    // In memory: several devices ask for the same name, and one that loads the copy of another's job
    // must not be cut off when that job ends.
    loaders: yield* openAll(request.loaders ?? {}, loadFile),
    boot: request.pxe,
    pxelinux: undefined,
    observer: request,
  }
  if (request.pxe === undefined) return published
  yield* checkEntry(request.pxe, published)
  return {
    ...published,
    pxelinux: ServedFile.ofText(pxelinuxConfig(request.pxe, pathOf(published))),
  }
})

const openAll = Effect.fnUntraced(function* (
  sources: Readonly<Record<string, FileSource>>,
  open: typeof serveFile,
) {
  const files = new Map<string, ServedFile>()
  for (const [name, source] of Object.entries(sources)) {
    if (!isServableName(name)) {
      return yield* new ConfigurationError({
        message: `A file cannot be served to a device as ${JSON.stringify(name)}: expected a relative path of letters, digits and . _ + ~ @ = , - only. Give it another name.`,
      })
    }
    files.set(name, yield* open(source))
  }
  return files
})

/** Only characters that PXELINUX, U-Boot, iPXE and URLs all take as they are. */
const isServableName = (name: string): boolean =>
  /^[\w.+~@=,-]+(\/[\w.+~@=,-]+)*$/.test(name) && normalizedPath(name) === name

const hyphenated = (mac: string) =>
  /^[\da-f]{2}([:-][\da-f]{2}){5}$/i.test(mac)
    ? Effect.succeed(mac.toLowerCase().replaceAll(":", "-"))
    : new ConfigurationError({
        message: `${JSON.stringify(mac)} is not a MAC address: expected six pairs of hexadecimal digits, like 52:54:00:aa:00:01.`,
      })

const checkedAddress = (address: string) =>
  isIP(address) !== 0
    ? Effect.succeed(plainAddress(address))
    : new ConfigurationError({
        message: `${JSON.stringify(address)} is not the IP address of a device: expected one like 10.0.0.7.`,
      })

const checkEntry = Effect.fnUntraced(function* (entry: BootEntry, published: Published) {
  if (entry === "local") return
  for (const part of ["kernel", "initrd", "dtb"] as const) {
    const name = entry[part]
    if (name === undefined || published.files.has(name)) continue
    return yield* new ConfigurationError({
      message: `The PXE entry's ${part} is ${JSON.stringify(name)}, which is not among the published files (${[...published.files.keys()].join(", ")}).`,
    })
  }
  const fault = commandLineFault(entry.commandLine)
  if (fault === undefined) return
  return yield* new ConfigurationError({
    message: `The kernel command line ${JSON.stringify(entry.commandLine)} ${fault}: write it without.`,
  })
})

const pathOf =
  ({ token, files }: Published) =>
  (name: string): string => {
    if (!files.has(name)) throw new Error(`${name} is not among the published files`)
    return `${token}/${name}`
  }
