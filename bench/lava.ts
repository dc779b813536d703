import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { debianRoot } from "./debian-peers.ts"
import { type BoardPorts, job, powerCommand } from "./scripted-boards.ts"

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

/** How LAVA is run. */
export interface Lava {
  /** The command line that runs the job on a board. */
  readonly command: (board: BoardPorts, id: number) => ReadonlyArray<string>
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
  mkdirSync(directory, { recursive: true })
  const jobFile = join(directory, "job.yaml")
  const dispatcher = join(directory, "dispatcher.yaml")
  // By "overlay" LAVA packs the tests and leaves it to the system how it comes by them: this board has them.
  const [boot, test] = job.actions
  const deploy = { to: "overlay", os: "debian", timeout: { minutes: 1 } }
  writeFileSync(jobFile, JSON.stringify({ ...job, actions: [{ deploy }, boot, test] }))
  writeFileSync(dispatcher, JSON.stringify({ dispatcher_ip: "127.0.0.1" }))
  return {
    command: (board, id) => {
      const device = join(directory, `device-${id}.yaml`)
      writeFileSync(device, JSON.stringify(dictionary(board)))
      const run = ["/usr/bin/python3", join(root, "usr/bin/lava-run"), "--job-id", String(id)]
      const files = ["--output-dir", join(directory, String(id)), "--device", device]
      return [...run, ...files, "--dispatcher", dispatcher, jobFile]
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

/** A board as a rendered device dictionary of LAVA's; the constants are those of its base-device. */
const dictionary = (board: BoardPorts) => {
  const command = (action: "on" | "off" | "reset") => `sh -c '${powerCommand(board, action)}'`
  return {
    available_architectures: ["amd64"],
    device_type: "generic",
    character_delays: { boot: 0, test: 0 },
    commands: {
      connect: `socat -,raw,echo=0 TCP:127.0.0.1:${board.console}`,
      hard_reset: command("reset"),
      power_on: command("on"),
      power_off: command("off"),
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
  }
}
