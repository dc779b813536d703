import { execFileSync } from "node:child_process"
import {
  copyFileSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs"
import { userInfo } from "node:os"
import path from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as z from "zod"
import { SshSettings } from "../../../src/core/console/ssh/settings.ts"
import {
  background,
  eventually,
  freePort,
  isRunning,
  listening,
  temporaryDirectory,
} from "../console/peers.ts"

/** A real ssh server of this machine, in which the user who runs the tests can log in. */
export interface Sshd {
  readonly port: number
  /** Has its keys, `host` and `host-ecdsa`; known_hosts with the first; `me`, the key to log in with. */
  readonly directory: string
  /** What a lab file would say to log in, and more. */
  readonly settings: (more?: Partial<z.input<typeof SshSettings>>) => SshSettings
  /** The processes that serve its connections, parents first. */
  readonly sessions: () => ReadonlyArray<number>
  /** Stops it with all its connections, until it is killed: it takes no notice of anything. */
  readonly stop: () => void
  /** Kills it with all its connections. */
  readonly end: Effect.Effect<void>
}

/** The password that it takes. */
export const password = "correct horse"

/** Makes a key and answers its file; the public one is beside it. */
export const makeKey = (
  directory: string,
  name: string,
  { type = "ed25519", passphrase = "" } = {},
): string => {
  const file = path.join(directory, name)
  execFileSync("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-f", file])
  return file
}

/** What a known_hosts file says of a server on a port of this machine. */
export const knownHostsLine = (keyFile: string, port: number): string =>
  `[127.0.0.1]:${port} ${readFileSync(`${keyFile}.pub`, "utf8")}`

/**
 * Starts sshd, unprivileged when the tests are; it is killed with the scope. Its sessions do not read the user's own
 * files, which may start or lock anything. `more` goes into its configuration.
 */
export const sshd = (more = ""): Effect.Effect<Sshd, never, Scope.Scope> =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const port = yield* freePort
    const host = makeKey(directory, "host")
    const second = makeKey(directory, "host-ecdsa", { type: "ecdsa" })
    const identity_file = makeKey(directory, "me")
    copyFileSync(`${identity_file}.pub`, path.join(directory, "authorized_keys"))
    const known_hosts = path.join(directory, "known_hosts")
    writeFileSync(known_hosts, knownHostsLine(host, port))
    const configuration = path.join(directory, "sshd_config")
    writeFileSync(
      configuration,
      `Port ${port}
ListenAddress 127.0.0.1
HostKey ${host}
HostKey ${second}
PidFile none
AuthorizedKeysFile ${directory}/authorized_keys
StrictModes no
UsePAM yes
PermitRootLogin yes
PrintMotd no
PrintLastLog no
SetEnv HOME=${directory}
${more}
`,
    )
    // As Debian's own start of sshd does.
    if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 })
    const variables = Object.entries(passwords(directory)).map(
      ([name, value]) => `${name}=${value}`,
    )
    const command = ["/usr/sbin/sshd", "-D", "-e", "-f", configuration]
    const { pid, end } = yield* background("env", [...variables, ...command])
    const sessions = () => descendantsOf(pid)
    const endAll = Effect.gen(function* () {
      // Each connection is a process group of its own.
      const all = sessions()
      yield* end
      for (const session of all) if (isRunning(session)) process.kill(session, "SIGKILL")
      yield* eventually(() => !all.some(isRunning))
    })
    yield* Effect.addFinalizer(() => endAll)
    yield* listening(port)
    return {
      port,
      directory,
      settings: (more) =>
        SshSettings.parse({ host: "127.0.0.1", port, identity_file, known_hosts, ...more }),
      sessions,
      stop: () => {
        for (const each of [pid, ...sessions()]) process.kill(each, "SIGSTOP")
      },
      end: endAll,
    }
  })

/** A PAM of sshd's own, by Debian's libpam-wrapper, that knows one password of the user. */
const passwords = (directory: string): Readonly<Record<string, string>> => {
  const services = path.join(directory, "pam")
  const database = path.join(directory, "passwords")
  mkdirSync(services)
  writeFileSync(database, `${userInfo().username}:${password}:sshd\n`)
  const [module] = globSync("/usr/lib/*/pam_wrapper/pam_matrix.so")
  const rules = ["auth", "account", "session"].map(
    (what) => `${what} required ${module} passdb=${database}\n`,
  )
  for (const service of ["sshd", "other"])
    writeFileSync(path.join(services, service), rules.join(""))
  return {
    LD_PRELOAD: "libpam_wrapper.so",
    PAM_WRAPPER: "1",
    PAM_WRAPPER_SERVICE_DIR: services,
  }
}

/** The processes that a process has started, and those that these have. */
const descendantsOf = (pid: number): ReadonlyArray<number> => {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: parentOf(name) }))
  const below = (of: number): ReadonlyArray<number> =>
    parents
      .filter(({ parent }) => parent === of)
      .flatMap((child) => [child.pid, ...below(child.pid)])
  return below(pid)
}

const parentOf = (pid: string): number => {
  try {
    // proc_pid_stat(5): what follows the name in parentheses is the state and the parent.
    return Number(readFileSync(`/proc/${pid}/stat`, "latin1").replace(/^.*\) . (\d+) .*$/s, "$1"))
  } catch {
    return 0
  }
}
