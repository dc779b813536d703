import { once } from "node:events"
import { writeFile } from "node:fs/promises"
import { type AddressInfo, createServer } from "node:net"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { HostProgram } from "../../host-program.ts"
import { InfrastructureError } from "../../pipeline/errors.ts"
import { type NfsSettings, portsOf } from "../settings.ts"
import type { NfsExport, NfsHost, NfsRequest } from "./nfs-export.ts"

/** What it takes to run an NFS server for a job. */
export const ganeshaPrograms: ReadonlyArray<HostProgram> = [
  { command: "ganesha.nfsd", debian: "nfs-ganesha nfs-ganesha-vfs" },
  { command: "setpriv", debian: "util-linux" },
]

/** It takes half a second, more on a busy machine. */
const startMs = 20_000

/** What devices mount. */
const exportPath = "/nfsroot"

interface Serving extends NfsHost, NfsRequest, Pick<NfsSettings, "port"> {
  readonly directory: string
}

/**
 * Runs nfs-ganesha in the foreground to export one directory, until the Scope closes: NFSv4, which needs one port and
 * no portmapper. It dies with this process, also where that is killed. It opens files by their handles, for which it
 * must be root and the file system must have some (ext4, xfs, btrfs; not overlayfs).
 *
 * Fails with InfrastructureError, with what the server complains of.
 */
export const startGanesha = (
  serving: Serving,
): Effect.Effect<NfsExport, InfrastructureError, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.tryPromise({
        try: () => startOnOneOf(portsOf(serving.port), serving),
        catch: (error) =>
          error instanceof InfrastructureError
            ? error
            : new InfrastructureError({ message: `ganesha.nfsd cannot be run: ${String(error)}` }),
      }),
      ({ stop }) => Effect.promise(stop),
    ),
    ({ port, ended }) => ({
      directory: serving.directory,
      server: serving.address,
      path: exportPath,
      options: `vers=4.2,proto=tcp,port=${port}`,
      broken: Effect.flatMap(
        Effect.promise(() => ended),
        (how) =>
          Effect.fail(
            new InfrastructureError({
              message: `the NFS server of the device's root file system is gone: ganesha.nfsd ended with ${how}`,
            }),
          ),
      ),
    }),
  )

interface Server {
  readonly port: number
  /** Resolves with how it ended. */
  readonly ended: Promise<string>
  readonly stop: () => Promise<void>
}

const startOnOneOf = async (ports: ReadonlyArray<number>, serving: Serving): Promise<Server> => {
  const complaints: Array<string> = []
  for (const each of ports) {
    const port = each === 0 ? await freePort(serving) : each
    const started = await start(port, serving)
    if (typeof started !== "string") return started
    complaints.push(started)
    if (!/bind/i.test(started)) break
  }
  throw new InfrastructureError({
    message: `the NFS server of the device's root file system does not start: ${complaints.at(-1)}; check "dispatcher.nfs" in the lab file`,
  })
}

/** Answers the server, or what it said when it could not serve. */
const start = async (port: number, serving: Serving): Promise<Server | string> => {
  const { execa } = await import("execa")
  const files = join(serving.jobDirectory, "ganesha")
  await writeFile(`${files}.conf`, configuration(port, files, serving))
  const words = ["-F", "-f", `${files}.conf`, "-L", "STDOUT", "-p", `${files}.pid`]
  const server = ["setpriv", "--pdeathsig", "KILL", "ganesha.nfsd", ...words]
  const [program = "", ...rest] = serving.network.inside(server)
  const child = execa(program, rest, {
    stdin: "ignore",
    all: true,
    buffer: false,
    reject: false,
  })
  let said = ""
  const up = Promise.withResolvers<boolean>()
  child.all.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-16_384)
    if (said.includes("Could not create export")) up.resolve(false)
    if (said.includes("NFS SERVER INITIALIZED")) up.resolve(true)
  })
  const ended = child.then(
    ({ exitCode, signal, code }) => signal ?? code ?? `exit code ${exitCode}`,
  )
  const stop = async () => {
    child.kill("SIGKILL")
    await child
  }
  void ended.then(() => up.resolve(false))
  const late = sleep(startMs, false, { ref: false })
  if (await Promise.race([up.promise, late])) return { port, ended, stop }
  await stop()
  return complaintIn(said) ?? `ganesha.nfsd ended with ${await ended}`
}

/** The first thing of weight that a log of ganesha complains of. */
const complaintIn = (log: string): string | undefined =>
  log
    .split("\n")
    .map((line) => /:(?:FATAL|MAJ|CRIT) :(.*)/.exec(line)?.[1])
    .find((complaint) => complaint && !/dbus|krb5|cannot register|credentials/i.test(complaint))

const configuration = (port: number, files: string, { directory, bind, from }: Serving): string => {
  const rights = "Access_Type = RW; Squash = No_Root_Squash;"
  const access = from === undefined ? rights : `CLIENT { Clients = ${from}; ${rights} }`
  return `NFS_CORE_PARAM {
  NFS_Port = ${port}; Bind_addr = ${bind}; Protocols = 4;
  Enable_NLM = false; Enable_RQUOTA = false; Enable_UDP = false;
}
NFSV4 { Graceless = true; RecoveryBackend = fs; RecoveryRoot = ${files}.recovery; Only_Numeric_Owners = true; }
NFS_KRB5 { Active_krb5 = false; }
EXPORT {
  Export_Id = 1; Path = ${directory}; Pseudo = ${exportPath};
  Protocols = 4; Transports = TCP; SecType = sys; PrivilegedPort = false;
  ${access}
  FSAL { Name = VFS; }
}
LOG { Default_Log_Level = EVENT; }
`
}

const freePort = async ({ bind, network }: NfsHost): Promise<number> => {
  const server = createServer()
  await network.listen(server, { bind, port: 0 })
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}
