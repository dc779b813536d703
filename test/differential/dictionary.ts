import { stringify } from "yaml"
import type { Board } from "../../src/board/board.ts"

/** The device dictionary of a scripted board, as LAVA would have rendered it. */
export const dictionaryOf = ({ console, control }: Board): string => {
  if (console.protocol !== "telnet" || control === undefined) {
    throw new Error("expected a board with a telnet console and a power switch")
  }
  const switching = (action: string) =>
    `bash -c 'exec 3<>/dev/tcp/127.0.0.1/${control}; echo ${action} >&3; cat <&3'`
  return stringify({
    device_type: "scripted-board",
    commands: {
      connect: `telnet ${console.host} ${console.port}`,
      hard_reset: [switching("reset")],
      power_on: [switching("on")],
      power_off: [switching("off")],
      users: { mark: { do: "touch /tmp/mark", undo: "rm -f /tmp/mark" } },
    },
    parameters: {},
    actions: {
      deploy: { methods: { overlay: null } },
      boot: { methods: { minimal: null }, connections: { serial: null } },
    },
    constants: {
      boot_retry: 1,
      failure_retry: 1,
      spawn_maxread: "4092",
      "default-shell-prompt": "lava-test: # ",
      "kernel-start-message": "Linux version [0-9]",
      "shutdown-message": "reboot: Restarting system",
      posix: {
        lava_test_sh_cmd: "/bin/sh",
        lava_test_results_dir: "/lava-%s",
        lava_test_shell_file: "~/.bashrc",
      },
    },
    timeouts: { actions: {}, connections: {} },
  })
}
