import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { debianRoot } from "./debian-peers.ts"

/** LAVA's dispatcher as Debian has it, with what it imports and this machine may not have. */
const packages = [
  ..."lava-common lava-dispatcher lava-dispatcher-host libguestfs0 libhivex0 libaugeas0 libvirt0 libyajl2".split(
    " ",
  ),
  ..."libfuse2 libnl-3-200 libnl-route-3-200 liblzma5 libmagic1".split(" "),
  ..."aiohttp aiosignal async-timeout attr certifi chardet charset-normalizer configobj frozenlist"
    .concat(" guestfs idna jinja2 magic markupsafe multidict netifaces pexpect ptyprocess pyudev")
    .concat(" requests setproctitle tz urllib3 voluptuous yaml yarl")
    .split(" ")
    .map((name) => `python3-${name}`),
]

/** Where Debian has Python's modules. */
const python = "usr/lib/python3/dist-packages"

/** What LAVA is to run, and on what. */
export interface LavaJob {
  readonly job: object
  /** The program whose input and output are the device's console. */
  readonly connect: string
  /** Switches the device's power, where it has a switch. */
  readonly power?: (action: "on" | "off" | "reset") => string
}

/** How LAVA is run. */
export interface Lava {
  /** The command line that runs a job; `id` names its files. */
  readonly command: (job: LavaJob, id: number) => ReadonlyArray<string>
  readonly env: NodeJS.ProcessEnv
  readonly version: string
  readonly close: () => void
}

/**
 * Gets LAVA's dispatcher ready, without installing it; undefined where it cannot be had: not as root, no Debian.
 *
 * @param directory for its files
 */
export const prepareLava = (directory: string): Lava | undefined => {
  if (process.getuid?.() !== 0) return undefined
  let root
  try {
    root = debianRoot("lava", packages)
  } catch {
    return undefined
  }
  const libraries = ["lib", "usr/lib"].map((each) => join(root, each, "x86_64-linux-gnu"))
  const state = "/var/lib/lava"
  const own = !existsSync(state)
  return {
    command: (job, id) => {
      const place = join(directory, String(id))
      mkdirSync(place, { recursive: true })
      const write = (name: string, value: object) => {
        writeFileSync(join(place, name), JSON.stringify(value))
        return join(place, name)
      }
      return [
        "/usr/bin/python3",
        join(root, "usr/bin/lava-run"),
        "--job-id",
        String(id),
        "--output-dir",
        join(place, "output"),
        "--device",
        write("device.yaml", dictionary(job)),
        "--dispatcher",
        write("dispatcher.yaml", { dispatcher_ip: "127.0.0.1" }),
        write("job.yaml", job.job),
      ]
    },
    env: {
      ...process.env,
      PYTHONPATH: join(root, python),
      LD_LIBRARY_PATH: libraries.join(":"),
    },
    version: readFileSync(join(root, python, "lava_common/VERSION"), "utf8").trim(),
    close: () => {
      if (own) rmSync(state, { recursive: true, force: true })
    },
  }
}

/** A rendered device dictionary of LAVA's; the constants are those of its base-device. */
const dictionary = ({ connect, power }: LavaJob) => ({
  available_architectures: ["amd64"],
  device_type: "generic",
  character_delays: { boot: 0, test: 0 },
  commands: {
    connect,
    ...(power && {
      hard_reset: power("reset"),
      power_on: power("on"),
      power_off: power("off"),
    }),
  },
  constants: {
    "default-shell-prompt": "lava-test: # ",
    posix: { lava_test_results_dir: "/lava-%s", lava_test_sh_cmd: "/bin/sh" },
    "kernel-start-message": "Linux version [0-9]",
    "shutdown-message": "The system is going down for reboot NOW",
    failure_retry: 1,
    boot_retry: 1,
    spawn_maxread: 4092,
  },
  parameters: {},
  timeouts: { actions: {}, connections: {} },
  actions: {
    deploy: { methods: { overlay: null } },
    boot: { connections: { serial: null }, methods: { minimal: null } },
  },
})
