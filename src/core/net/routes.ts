import { isIPv4 } from "node:net"
import { plainAddress } from "./address.ts"
import { type BootEntry, firstStageScript, ipxeScript } from "./pxe-config.ts"
import { ServedFile } from "./served-file.ts"
import type { TransferObserver } from "./transfer-record.ts"

/** One publication, as the routes see it. */
export interface Published {
  readonly token: string
  /** Lower case, with hyphens. */
  readonly mac: string | undefined
  /** If known, only this peer is answered. */
  readonly address: string | undefined
  readonly files: ReadonlyMap<string, ServedFile>
  readonly loaders: ReadonlyMap<string, ServedFile>
  readonly boot: BootEntry | undefined
  readonly pxelinux: ServedFile | undefined
  readonly observer: TransferObserver
}

/** A device's question. */
export interface FileRequest {
  /** As the device wrote it. */
  readonly path: string
  /** The IP address it comes from. */
  readonly peer: string
  /** The server that was asked, as devices reach it: "tftp://10.0.2.2:6969". */
  readonly origin: string
}

/** What a request is answered with, and who is told of the transfer. */
export interface RouteAnswer {
  readonly file: ServedFile
  readonly observer: TransferObserver
}

/** Where a server finds what it serves. */
export interface FileLookup {
  readonly lookup: (request: FileRequest) => RouteAnswer | undefined
  readonly observerOf: (request: FileRequest) => TransferObserver | undefined
}

/**
 * A route knows one kind of name. It answers, or declines with undefined and the next one is asked.
 * `published` holds, newest first, what may be answered to this peer at all.
 */
type Route = (
  request: FileRequest & { readonly name: string },
  published: ReadonlyArray<Published>,
) => RouteAnswer | undefined

/** Asks the routes in turn. Every name is looked up whole; none is ever a path on disk. */
export const route = (
  request: FileRequest,
  published: ReadonlyArray<Published>,
): RouteAnswer | undefined => {
  const name = normalizedPath(request.path)
  if (name === undefined) return undefined
  const peer = plainAddress(request.peer)
  const open = published.filter(({ address }) => address === undefined || address === peer)
  for (const ask of routes) {
    const answer = ask({ ...request, peer, name }, open)
    if (answer !== undefined) return answer
  }
  return undefined
}

/**
 * A requested path without leading slashes (GRUB and iPXE send one), or undefined for what nobody asks
 * honestly: `.` and `..` segments, backslashes, empty segments, control characters.
 */
export const normalizedPath = (path: string): string | undefined => {
  const name = path.replace(/^\/+/, "")
  if (/[\\\x00-\x1f\x7f]/.test(name)) return undefined
  const segments = name.split("/")
  return segments.some((s) => s === "" || s === "." || s === "..") ? undefined : name
}

/** `<token>/<name>`: the job's own files; who knows the token is the job's device. */
const jobFile: Route = ({ name }, published) => {
  const slash = name.indexOf("/")
  const owner = published.find(({ token }) => token === name.slice(0, slash))
  return answer(owner, owner?.files.get(name.slice(slash + 1)))
}

/** `pxelinux.cfg/01-<mac>`: asked for by PXELINUX and U-Boot; 01 is ARP's number for Ethernet. */
const pxelinuxByMac: Route = ({ name }, published) => {
  const mac = /^pxelinux\.cfg\/01-([\da-f]{2}(?:-[\da-f]{2}){5})$/i.exec(name)?.[1]?.toLowerCase()
  const owner = mac === undefined ? undefined : published.find((p) => p.mac === mac && p.pxelinux)
  return answer(owner, owner?.pxelinux)
}

/**
 * `pxelinux.cfg/0A000207`, `0A00020`, ... `0`: the device's address in hexadecimal, then with ever fewer
 * digits. Answered to the device of that address only.
 */
const pxelinuxByAddress: Route = ({ name, peer }, published) => {
  const digits = /^pxelinux\.cfg\/([\dA-F]{1,8})$/.exec(name)?.[1]
  if (digits === undefined || !isIPv4(peer) || !hexAddress(peer).startsWith(digits))
    return undefined
  return byPeer(peer, published)
}

/** `pxelinux.cfg/default`, U-Boot's `default-arm-highbank` and the like: by the peer's address. */
const pxelinuxDefault: Route = ({ name, peer }, published) =>
  /^pxelinux\.cfg\/default(-[\w-]+)?$/.test(name) ? byPeer(peer, published) : undefined

/** `boot.ipxe`: the first script, the same for all; nothing of a job is in it. */
const ipxeFirstStage: Route = ({ name, origin }) =>
  name === "boot.ipxe"
    ? { file: ServedFile.ofText(firstStageScript(origin)), observer: {} }
    : undefined

/** `ipxe/<mac>.ipxe`: the job's script, its URLs on the server that was asked. */
const ipxeByMac: Route = ({ name, origin }, published) => {
  const mac = /^ipxe\/([\da-f]{2}(?:-[\da-f]{2}){5})\.ipxe$/i.exec(name)?.[1]?.toLowerCase()
  const owner = mac === undefined ? undefined : published.find((p) => p.mac === mac && p.boot)
  if (owner?.boot === undefined) return undefined
  const script = ipxeScript(owner.boot, (file) => `${origin}/${owner.token}/${file}`)
  return answer(owner, ServedFile.ofText(script))
}

/**
 * A boot loader's fixed name: of the job that knows this peer's address, else of the newest that named
 * it. Loaders come from device types and hold nothing of a job.
 */
const bootLoader: Route = ({ name, peer }, published) => {
  const having = published.filter(({ loaders }) => loaders.has(name))
  const owner = having.find(({ address }) => address === peer) ?? having[0]
  return answer(owner, owner?.loaders.get(name))
}

const routes: ReadonlyArray<Route> = [
  jobFile,
  pxelinuxByMac,
  pxelinuxByAddress,
  pxelinuxDefault,
  ipxeFirstStage,
  ipxeByMac,
  bootLoader,
]

const byPeer = (peer: string, published: ReadonlyArray<Published>): RouteAnswer | undefined => {
  const owner = published.find(({ address, pxelinux }) => address === peer && pxelinux)
  return answer(owner, owner?.pxelinux)
}

const answer = (
  owner: Published | undefined,
  file: ServedFile | undefined,
): RouteAnswer | undefined =>
  owner !== undefined && file !== undefined ? { file, observer: owner.observer } : undefined

const hexAddress = (address: string): string =>
  address
    .split(".")
    .map((part) => Number(part).toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase()
