import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { promisify } from "node:util"
import { LabError } from "./error.ts"

/** Debian packages of the host that building the images and running the machines takes. */
const packages = [
  // machines
  ["qemu-system-arm", "qemu-system-x86", "qemu-utils", "ipxe-qemu"],
  // images: U-Boot
  ["gcc-arm-linux-gnueabihf", "gcc", "libc6-dev", "make", "bison", "flex", "bc", "dpkg-dev"],
  ["device-tree-compiler", "libssl-dev", "python3-minimal"],
  // images: the disk of a machine that boots by itself
  ["grub-common", "grub-pc-bin", "e2fsprogs"],
  // images: file systems
  ["mmdebstrap", "arch-test", "qemu-user-static", "uidmap", "debian-archive-keyring"],
  ["binutils", "cpio", "kmod", "xz-utils", "zstd", "fdisk"],
  // jobs: FIT images, root file systems on NFS
  ["u-boot-tools", "nfs-ganesha", "nfs-ganesha-vfs"],
].flat()

/** What the tests use beside: the programs at the other end, as Debian has them. */
const testPackages = [
  ["busybox", "dash", "git", "bzip2", "shellcheck", "diffutils", "bsdutils", "util-linux", "mount"],
  ["socat", "ser2net", "u-boot-qemu", "libxml2-utils", "procps", "psmisc"],
  ["openssh-server", "openssh-client", "libpam-wrapper", "iproute2", "dnsmasq-base", "rsync"],
  ["curl", "wget", "netcat-openbsd", "netcat-traditional", "atftp", "tftp-hpa", "libnfs-utils"],
  // LAVA's own dispatcher is unpacked; these are the modules that it imports
  ["python3", "python3-configobj", "python3-jinja2", "python3-magic", "python3-netifaces"],
  ["python3-pexpect", "python3-pyudev", "python3-requests", "python3-setproctitle", "python3-tz"],
  ["python3-voluptuous", "python3-yaml", "telnet"],
  ["pxelinux", "syslinux-common", "tmux", "zsh", "fish", "nginx-light", "libvirt-clients", "rpm"],
].flat()

/** The services that come with some of them. The tests start their own; nobody wants more of this machine. */
const services: Readonly<Record<string, string>> = {
  "nfs-ganesha": "nfs-ganesha",
  "openssh-server": "ssh",
  ser2net: "ser2net",
  "nginx-light": "nginx",
}

/** Runs apt-get, in which Debian's policy-rc.d forbids to start services. */
const aptGetWithoutServices = [
  "sh",
  "-ec",
  `policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    trap 'exit 1' INT TERM
    printf '#!/bin/sh\\nexit 101\\n' > $policy
    chmod 755 $policy
  fi
  apt-get "$@"`,
  "apt-get",
]

/**
 * Install what is missing, as root or by sudo where that asks for no password.
 * Fails with a {@link LabError} that names the missing packages and the command.
 */
export async function installPackages(
  report: (line: string) => void,
  forTests: boolean,
): Promise<void> {
  const wanted = forTests ? [...packages, ...testPackages] : packages
  const missing = await missingPackages(wanted)
  if (missing.length === 0) return makeMountTable()
  const install = ["apt-get", "install", "--yes", "--no-install-recommends", ...missing]
  const asRoot = await rootPrefix()
  if (!asRoot) {
    throw new LabError(
      `these Debian packages are missing; install them and run lab setup again: sudo ${install.join(" ")}`,
    )
  }
  report(`installing ${missing.length} Debian packages: ${missing.join(" ")}`)
  const environment = [...asRoot, "env", "DEBIAN_FRONTEND=noninteractive"]
  const wait = ["-o", "DPkg::Lock::Timeout=600"]
  // One index that cannot be had does not matter when the packages can.
  await run([...environment, "apt-get", "-qq", "update"]).catch(() => undefined)
  await run([...environment, ...aptGetWithoutServices, ...wait, "-qq", ...install.slice(1)])
  const unwanted = missing.flatMap((name) => services[name] ?? [])
  if (unwanted.length > 0) {
    // Where there is no systemd, nothing starts them.
    await run([...asRoot, "systemctl", "disable", ...unwanted]).catch(() => undefined)
  }
  const still = await missingPackages(wanted)
  if (still.length > 0) throw new LabError(`apt-get did not install ${still.join(" ")}`)
  await makeMountTable()
}

/** A Debian that was put into a chroot or a container may have no list of mounts, which nfs-ganesha wants to read. */
async function makeMountTable(): Promise<void> {
  if (existsSync("/etc/mtab")) return
  const asRoot = (await rootPrefix()) ?? []
  await run([...asRoot, "ln", "-sf", "/proc/self/mounts", "/etc/mtab"]).catch(() => undefined)
}

async function missingPackages(wanted: ReadonlyArray<string>): Promise<ReadonlyArray<string>> {
  // dpkg-query fails when it knows nothing of one of them, and still prints the others.
  const { stdout } = await promisify(execFile)("dpkg-query", [
    "--show",
    "--showformat=${Package} ${db:Status-Status}\n",
    ...wanted,
  ]).catch((error: { readonly stdout?: string; readonly code?: string }) => {
    if (error.code !== "ENOENT") return { stdout: error.stdout ?? "" }
    throw new LabError("this is not a Debian system: there is no dpkg-query")
  })
  const installed = new Set(
    stdout.split("\n").flatMap((line) => {
      const [name = "", status] = line.split(" ")
      return status === "installed" ? [name] : []
    }),
  )
  return wanted.filter((name) => !installed.has(name))
}

/** How to become root without being asked for a password, if there is a way. */
async function rootPrefix(): Promise<ReadonlyArray<string> | undefined> {
  if (process.getuid?.() === 0) return []
  return await run(["sudo", "-n", "true"]).then(
    () => ["sudo", "-n"],
    () => undefined,
  )
}

async function run([program = "", ...programArguments]: ReadonlyArray<string>): Promise<void> {
  const child = spawn(program, programArguments, { stdio: ["ignore", "pipe", "pipe"] })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text))
  }
  const [code] = (await once(child, "close")) as [number | null]
  if (code === 0) return
  const last = output.trim().split("\n").slice(-5).join("; ")
  throw new LabError(`${[program, ...programArguments].join(" ")} failed: ${last}`)
}
