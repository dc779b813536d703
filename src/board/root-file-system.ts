import { execFile } from "node:child_process"
import { existsSync, lstatSync, readlinkSync } from "node:fs"
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import { ownerIsGone, ownerPrefix } from "../core/owner.ts"
import { InfrastructureError } from "../core/pipeline/errors.ts"

/**
 * The root file system of a board's shell: a directory of its own, into which this machine's programs are
 * mounted read-only. It lives as long as the board, as a disk does. There is no user in it but root.
 */
export interface RootFileSystem {
  /** The command that runs another one in it, alone with its processes, mounts and host name. */
  readonly enter: (command: string, environment: Readonly<Record<string, string>>) => Array<string>
  readonly remove: () => Promise<void>
}

/** Programs are found where Debian has them, busybox's where it has none. */
const path = "/opt/board:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/busybox"

/** What is mounted from this machine, where it has it: programs, and what they need of /etc. */
const shared = "usr bin sbin lib lib32 lib64 libx32 etc/alternatives etc/ssl".split(" ")
const devices = ["null", "zero", "full", "random", "urandom", "tty"]
const empty = [
  "proc",
  "dev/pts",
  "etc",
  "home",
  "mnt",
  "opt/busybox",
  "root",
  "run",
  "srv",
  "var/log",
]

/**
 * /proc is read-only: a test that crashes its board by /proc/sysrq-trigger must not crash this machine.
 * Where no new /proc may be mounted (some containers) the board has none.
 */
const enterScript = `
set -e
mount -a -T "$0/fstab"
mount -t proc -o ro proc "$0/root/proc" 2>/dev/null || :
busybox hostname board
[ -e "$0/root/opt/busybox/sh" ] || busybox --install -s "$0/root/opt/busybox"
exec chroot "$0/root" /usr/bin/env -i -C /root "$@"
`

/** Own user, mount, process and host name spaces: no right outside of them, and nothing outlives them. */
const unshare = ["unshare", "-Urmpuf", "--kill-child"]

/**
 * Makes a root file system in a temporary directory.
 *
 * @param files further ones by their absolute paths; programs begin with `#!`
 */
export const makeRootFileSystem = async (
  files: Readonly<Record<string, string>>,
): Promise<RootFileSystem> => {
  await removeAbandoned()
  const directory = await mkdtemp(join(tmpdir(), `${prefix}${ownerPrefix()}`))
  const root = join(directory, "root")
  const mounts: Array<string> = []
  const mount = (source: string, target: string, type: string, options: string) => {
    mounts.push([source, join(root, target), type, options].map(fstabField).join(" "))
  }

  // Itself too: df(1) and mount(8) know of no root that is not a mount.
  mount(root, "", "none", "bind")
  for (const each of empty) await mkdir(join(root, each), { recursive: true })
  for (const each of ["tmp", "var/tmp"]) {
    await mkdir(join(root, each), { recursive: true })
    await chmod(join(root, each), 0o1777)
  }
  for (const each of shared) {
    const source = join("/", each)
    if (!existsSync(source)) continue
    if (lstatSync(source).isSymbolicLink()) await symlink(readlinkSync(source), join(root, each))
    else {
      await mkdir(join(root, each))
      mount(source, each, "none", "bind,ro")
    }
  }
  for (const device of devices) {
    await writeFile(join(root, "dev", device), "")
    mount(`/dev/${device}`, `dev/${device}`, "none", "bind")
  }
  mount("devpts", "dev/pts", "devpts", "newinstance,ptmxmode=0666,mode=620")
  await symlink("pts/ptmx", join(root, "dev/ptmx"))
  await symlink("/proc/self/fd", join(root, "dev/fd"))
  await writeEtc(join(root, "etc"))
  await writePowerCommands(join(root, "opt/board"))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text, { mode: text.startsWith("#!") ? 0o755 : 0o644 })
  }
  await writeFile(join(directory, "fstab"), `${mounts.join("\n")}\n`)

  return {
    enter: (command, environment) => {
      const variables = Object.entries({ PATH: path, HOME: "/root", ...environment }).map(
        ([name, value]) => `${name}=${value}`,
      )
      return [...unshare, "sh", "-c", enterScript, directory, ...variables, "sh", "-c", command]
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}

const prefix = "lab-dispatch-board."

/** Removes what processes have left that were killed and could not. */
const removeAbandoned = async (): Promise<void> => {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix) || ownerIsGone(name.slice(prefix.length)) !== true) continue
    // Another user's is not ours to remove.
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {})
  }
}

const writeEtc = async (etc: string): Promise<void> => {
  await writeFile(join(etc, "passwd"), "root:x:0:0:root:/root:/bin/sh\n")
  await writeFile(join(etc, "group"), "root:x:0:\n")
  await writeFile(join(etc, "hostname"), "board\n")
  await writeFile(join(etc, "hosts"), "127.0.0.1 localhost board\n::1 localhost\n")
  for (const file of ["os-release", "debian_version", "resolv.conf", "protocols", "services"]) {
    if (existsSync(join("/etc", file))) await copyFile(join("/etc", file), join(etc, file))
  }
}

/**
 * busybox makes the system call itself, where others ask an init; in a process space of its own it ends
 * that space alone. Without -n it would first sync the disks of the whole machine.
 */
const writePowerCommands = async (directory: string): Promise<void> => {
  await mkdir(directory)
  for (const command of ["reboot", "poweroff", "halt"]) {
    const call = command === "reboot" ? "reboot" : "poweroff"
    const file = join(directory, command)
    await writeFile(file, `#!/bin/sh\nexec busybox ${call} -nf\n`, { mode: 0o755 })
  }
}

/** A field of fstab(5): blanks would end it. */
const fstabField = (text: string): string =>
  text.replace(/[\s\\]/g, (blank) => `\\${blank.charCodeAt(0).toString(8).padStart(3, "0")}`)

const programs = "setpriv unshare mount script busybox"
const check = `for p in ${programs}; do command -v $p >/dev/null || echo "$p not found"; done`

let checked: Promise<void> | undefined

/**
 * Makes sure, once in a process, that boards can have a real shell here: programs and user namespaces.
 * Rejects with InfrastructureError where they cannot.
 */
export const requireShell = (): Promise<void> => {
  checked ??= tryShell().catch((error: unknown) => {
    checked = undefined // until what is missing was installed
    throw error
  })
  return checked
}

const tryShell = async (): Promise<void> => {
  const run = promisify(execFile)
  const need =
    "a scripted board with a real shell needs Debian's busybox (or busybox-static), bsdutils, mount and util-linux"
  const { stdout } = await run("sh", ["-c", check], { timeout: 10_000 })
  if (stdout.trim() !== "") {
    throw new InfrastructureError({ message: `${need}: ${stdout.trim().replaceAll("\n", ", ")}` })
  }
  try {
    const [command = "", ...rest] = unshare
    await run(command, [...rest, "mount", "-t", "tmpfs", "none", "/tmp"], { timeout: 10_000 })
  } catch (cause) {
    const why = String((cause as { stderr?: unknown }).stderr ?? cause).trim()
    const message = `a scripted board with a real shell needs user namespaces, which this machine does not permit: ${why}`
    throw new InfrastructureError({ message, cause })
  }
}
