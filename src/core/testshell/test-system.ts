/** What LAVA expects of a system that tests run on, by the `os` of the deploy. */
export interface TestSystem {
  /** The shell that scripts of tests are run by; the runner takes /bin/sh where the system lacks it. */
  readonly testShell: string
  /** The system's own shell, for the helpers. */
  readonly shell: string
  /** Where the overlay is, before the job's id. */
  readonly directory: string
  /** Whose `install.deps-<distro>` a definition's are. */
  readonly distro: string
}

const usual: Omit<TestSystem, "distro"> = {
  testShell: "/bin/sh",
  shell: "/bin/sh",
  directory: "/lava-",
}

const withBash = { testShell: "/bin/bash" }

/** Where it differs from the usual. */
const systems: Readonly<Record<string, Partial<TestSystem>>> = {
  android: {
    testShell: "/system/bin/sh",
    shell: "/system/bin/sh",
    directory: "/data/local/tmp/lava-",
  },
  apertis: { directory: "/var/lib/lava-" },
  archlinux: withBash,
  centos: withBash,
  centos_installer: { ...withBash, distro: "centos" },
  debian: withBash,
  debian_installer: { ...withBash, distro: "debian" },
  fedora: withBash,
  lede: { directory: "/tmp/lava-results-" },
  slackware: withBash,
}

/** The system of a name; one that says nothing of itself has what every POSIX system has. */
export const testSystem = (
  os: string | undefined,
): Omit<TestSystem, "distro"> & { distro?: string } => ({
  ...usual,
  ...(os !== undefined && { distro: os, ...systems[os] }),
})
