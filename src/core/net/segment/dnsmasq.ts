import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { createInterface } from "node:readline"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { CommandLine } from "../../console/command-line.ts"
import { type HostProgram, programPath } from "../../host-program.ts"
import { fillIn } from "../../lab/placeholders.ts"
import { InfrastructureError, messageOf } from "../../pipeline/errors.ts"
import type { Network } from "../network.ts"
import type { SegmentPlan } from "./segment.ts"

/** It says that it is ready within a few milliseconds, or why it is not. */
const startMs = 10_000
/** One that does not end when it is told to is killed after so long, in ms. */
const patienceMs = 2000

/**
 * What dnsmasq(8) is told, to be the DHCP server or the proxy-DHCP server of a segment: addresses by MAC, boot files,
 * no way out of the segment, no DNS.
 *
 * @param leases the file in which it keeps who has which address
 */
export const dnsmasqOptions = (
  { subnet, dhcp, members, tftpPort }: SegmentPlan,
  bridge: string,
  leases: string,
): ReadonlyArray<string> => {
  const { address, network, mask, first, last } = subnet
  const common = [
    ["--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null", "--pid-file="],
    // It stays who it is: in a user namespace there is nobody else.
    ["--user=", "--group="],
    ["--port=0", `--interface=${bridge}`, "--bind-interfaces", `--dhcp-leasefile=${leases}`],
  ]
  const ranges = {
    server: [
      ["--dhcp-authoritative", "--no-ping", `--dhcp-range=${first},${last},${mask},12h`],
      ["--dhcp-option=option:router", "--dhcp-option=option:dns-server"],
      // iPXE waits two seconds for a proxy-DHCP server unless it is told that there is none: its "no-pxedhcp".
      ["--dhcp-option=encap:175,176,1b"],
      ...(hasIpv6() ? routerAdvertisements(bridge) : []),
    ],
    // A PXE client is answered by a dnsmasq only that has a menu, be it this one, which is over at once.
    proxy: [[`--dhcp-range=${network},proxy,${mask}`, "--pxe-prompt=,0"]],
  }[dhcp === "proxy" ? "proxy" : "server"]
  const hosts = members.flatMap(({ name, mac, address: own, bootFile }) => {
    const tag = `device-${name}`
    const file = bootFile && fillIn(bootFile, { SERVER_IP: address, TFTP_PORT: String(tftpPort) })
    return [
      mac === undefined
        ? []
        : [`--dhcp-host=${[mac, `set:${tag}`, own].filter(Boolean).join(",")}`],
      file === undefined
        ? []
        : [`--dhcp-boot=${mac === undefined ? "" : `tag:${tag},`}${file},,${address}`],
    ]
  })
  return [...common, ...ranges, ...hosts].flat()
}

/** The bridge's IPv6 address: of a prefix for local use (RFC 4193), which means nothing outside. */
export const ipv6Address = "fd6c:6162:6469::1/64"

/** Whether this machine has IPv6 at all. */
export const hasIpv6 = (): boolean => existsSync("/proc/net/if_inet6")

/** iPXE waits twelve seconds for some router to advertise itself, or to say as here that it is none. */
const routerAdvertisements = (bridge: string): ReadonlyArray<ReadonlyArray<string>> => [
  ["--enable-ra", `--ra-param=${bridge},60,0`, `--dhcp-range=::,constructor:${bridge},ra-only`],
]

/** What it takes to run dnsmasq for a segment. */
export const dnsmasqPrograms: ReadonlyArray<HostProgram> = [
  { command: "dnsmasq", debian: "dnsmasq-base" },
  { command: "setpriv", debian: "util-linux" },
]

/** A dnsmasq that runs. */
interface Dnsmasq {
  /** Fails when it has ended before its time. */
  readonly broken: Effect.Effect<never, InfrastructureError>
}

/**
 * Starts dnsmasq on a network and waits until it answers; it ends with the Scope, and dies with this process.
 *
 * Fails with InfrastructureError, with its last words, where it does not start.
 *
 * @param onLine told each line that it says, who got which address among them
 */
export const startDnsmasq = (
  { inside }: Network,
  options: ReadonlyArray<string>,
  onLine: (line: string) => void,
): Effect.Effect<Dnsmasq, InfrastructureError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: () =>
        start(inside(["setpriv", "--pdeathsig", "KILL", "--", "dnsmasq", ...options]), onLine),
      catch: (cause) =>
        new InfrastructureError({
          message: `the DHCP server of the job's network segment does not start: ${messageOf(cause)}`,
          cause,
        }),
    }),
    ({ stop }) => Effect.promise(stop),
  ).pipe(
    Effect.map(({ ended }) => ({
      broken: Effect.flatMap(
        Effect.promise(() => ended),
        (said) =>
          new InfrastructureError({
            message: `the DHCP server of the job's network segment is gone: dnsmasq said last "${said}"`,
          }),
      ),
    })),
  )

const start = async (command: CommandLine, onLine: (line: string) => void) => {
  const [program = "", ...words] = command
  const child = spawn(program, words, {
    // A group of its own: the Ctrl-C that cancels a job is not for it.
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, PATH: programPath() },
  })
  const started = Promise.withResolvers<void>()
  let said = ""
  createInterface({ input: child.stderr }).on("line", (line) => {
    said = line.replace(/^dnsmasq(-dhcp)?\[\d+\]: /, "")
    onLine(said)
    if (said.startsWith("started,")) started.resolve()
  })
  const ended = new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(error.message))
    child.on("close", () => resolve(said))
  })
  const stop = async () => {
    const kill = setTimeout(() => child.kill("SIGKILL"), patienceMs)
    child.kill("SIGTERM")
    await ended
    clearTimeout(kill)
  }
  void ended.then((last) => started.reject(new Error(`dnsmasq ended and said last "${last}"`)))
  const late = setTimeout(() => started.reject(new Error("dnsmasq does not start")), startMs)
  try {
    await started.promise
    return { ended, stop }
  } catch (error) {
    await stop()
    throw error
  } finally {
    clearTimeout(late)
  }
}
