import { readFile, stat } from "node:fs/promises"
import { dirname } from "node:path"
import * as Effect from "effect/Effect"
import type { Device } from "../core/lab/device.ts"
import type { Lab } from "../core/lab/load-lab.ts"
import { ConfigurationError, InfrastructureError, messageOf } from "../core/pipeline/errors.ts"
import { ownCertificate, pinOf } from "../core/spool/certificate.ts"
import { HostSpool, type Permitted } from "../core/spool/host-spool.ts"
import { showHostState } from "../core/spool/host-state.ts"
import { type SpoolAnswer, SpoolServer } from "../core/spool/server.ts"
import { loadLab } from "../index.ts"
import { catchEndingSignals } from "./ending-signals.ts"
import { findDevice, findLab } from "./find-lab.ts"
import type { LabOptions } from "./options.ts"

/** The options of `dispatch spool`. */
export interface SpoolOptions extends LabOptions {
  readonly port: number
  readonly key?: string
  readonly cert?: string
}

/** What can be done with spools. */
export type SpoolWork = "add" | "serve" | "status"

/**
 * Works on the spools of hosts that fetch their jobs. Answers the exit code; rejects with ConfigurationError where there
 * is no such host, with InfrastructureError where a spool or the port cannot be used.
 */
export const spool = async (
  what: SpoolWork,
  name: string | undefined,
  options: SpoolOptions,
): Promise<number> => {
  if (what === "add") {
    if (name === undefined) {
      throw new ConfigurationError({ message: "dispatch spool add: which host? Give its name" })
    }
    return add(hostOf(await findDevice(options.lab, name)), options)
  }
  const lab = await loadLab(findLab(options.lab))
  const hosts = name === undefined ? hostsIn(lab) : [hostOf(await findDevice(options.lab, name))]
  return what === "serve" ? serve(hosts, lab.dispatcher.bind, options) : status(hosts)
}

/** A host and its spool. */
interface Host {
  readonly spool: HostSpool
  readonly permitted: Permitted
}

const pluginName = "self-reboot"

const hostOf = ({ name, plugin, parameters }: Device): Host => {
  if (plugin !== pluginName) {
    throw new ConfigurationError({
      message: `${name} does not fetch its jobs: its device type names the plugin ${plugin}, not ${pluginName}`,
    })
  }
  // The plugin's schema has checked them.
  const permitted = parameters as Permitted & { readonly spool: string }
  return { spool: new HostSpool(permitted.spool, name), permitted }
}

const hostsIn = ({ devices, file }: Lab): ReadonlyArray<Host> => {
  const hosts = [...devices.values()].filter(({ plugin }) => plugin === pluginName).map(hostOf)
  if (hosts.length > 0) return hosts
  throw new ConfigurationError({
    message: `no device of ${file} fetches its jobs: give one the device type ${pluginName}`,
  })
}

/** Makes the host's spool and prints what its client needs to know. */
const add = async ({ spool, permitted }: Host, { port }: SpoolOptions): Promise<number> => {
  await Effect.runPromise(spool.open(permitted))
  const token = await Effect.runPromise(spool.token)
  const pin = pinOf(await certificateOf(dirname(spool.directory)))
  process.stdout.write(`# /etc/lab-dispatch/client.conf on ${spool.host}, for its owner to check
host=${spool.host}
owner=${permitted.owner}
allow='${permitted.allow.join(" ")}'

# By HTTPS, from where "dispatch spool serve --port ${port}" runs:
spool=https://DISPATCHER:${port}/${spool.host}
token=${token}
pin=${pin}

# Or by rsync over ssh, with a line in authorized_keys on the other side:
#   command="rrsync -munge -no-lock ${spool.directory}",restrict ssh-ed25519 KEY
#spool=USER@SERVER:
#ssh_command='ssh -i /etc/lab-dispatch/key -o BatchMode=yes -o ConnectTimeout=30'
`)
  return 0
}

const certificateOf = async (root: string) => {
  try {
    return await ownCertificate(root)
  } catch (cause) {
    throw new InfrastructureError({
      message: `the server's certificate cannot be read or made in ${root}: ${messageOf(cause)}; is openssl installed?`,
      cause,
    })
  }
}

/** Serves the spools until a signal comes. */
const serve = async (
  hosts: ReadonlyArray<Host>,
  bind: string,
  { port, key, cert }: SpoolOptions,
): Promise<number> => {
  const signals = catchEndingSignals()
  for (const { spool, permitted } of hosts) await Effect.runPromise(spool.open(permitted))
  const given =
    key !== undefined && cert !== undefined
      ? { key: await readFile(key, "utf8"), cert: await readFile(cert, "utf8") }
      : await certificateOf(dirname(hosts[0]!.spool.directory))
  const spools = hosts.map(({ spool }) => spool)
  const server = await SpoolServer.listen({
    bind,
    port,
    ...given,
    spools,
    onAnswer: tell,
  }).catch((cause: unknown) => {
    throw new InfrastructureError({
      message: `port ${port} cannot be served: ${messageOf(cause)}`,
      cause,
    })
  })
  const names = spools.map(({ host }) => host).join(", ")
  process.stdout.write(`serving the spools of ${names} by HTTPS on port ${server.port}\n`)
  process.stdout.write(`their clients know it by pin=${pinOf(given)}\n`)
  // A job may be placed while no dispatcher runs that could give it its turn.
  const turns = setInterval(() => {
    for (const { spool, permitted } of hosts) void Effect.runPromiseExit(spool.advance(permitted))
  }, 5000)
  await new Promise<void>((resolve) => signals.take(() => resolve()))
  clearInterval(turns)
  await server.close()
  signals.ignore()
  return 0
}

const tell = ({ peer, method, path, status, reason }: SpoolAnswer): void => {
  const why = reason === undefined ? "" : ` (${reason})`
  process.stdout.write(`${new Date().toISOString()} ${peer} ${method} ${path} ${status}${why}\n`)
}

/** Shows what each host does, when it said so, and the jobs that it has. */
const status = async (hosts: ReadonlyArray<Host>): Promise<number> => {
  for (const { spool } of hosts) {
    const state = await Effect.runPromise(spool.state)
    const said = await stat(spool.path("state")).catch(() => undefined)
    const { current, queued } = await Effect.runPromise(spool.jobs).catch(() => ({
      current: undefined,
      queued: [],
    }))
    const parts = [
      `${spool.host}: ${state ? showHostState(state) : "never heard of"}`,
      ...(said ? [`said at ${said.mtime.toISOString()}`] : []),
      `job: ${current ?? "none"}`,
      ...(queued.length > 0 ? [`waiting: ${queued.join(", ")}`] : []),
    ]
    process.stdout.write(`${parts.join("; ")}\n`)
  }
  return 0
}
