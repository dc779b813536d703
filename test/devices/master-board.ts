import { execFileSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type BoardScript, loadBoardScript } from "../../src/testing.ts"
import { readyMade } from "../board/boards.ts"

/** What the master image does to disks, of which a board's shell has none; all else there is real. */
const programs = {
  "board-test": `case "$*" in "-b "*) exit 0 ;; "! -b "*) exit 1 ;; esac; exec /usr/bin/[ "$@"`,
  blkid: `echo "$1: UUID=\\"1234-5678\\" TYPE=\\"ext4\\""`,
  dd: "",
  fdisk: "exec cat > /dev/null",
  "mkfs.ext4": "",
  mount: "",
  sync: "",
  umount: "",
}

/**
 * A board with a master image: left alone, or by `run master`, U-Boot boots it, into a real shell on pretended disks; by
 * `run disk` or `bootz` what was installed, which passes ten tests.
 */
export const masterBoard = async (): Promise<BoardScript> => {
  const instant = await loadBoardScript(readyMade("instant-runner"))
  const { states, ...uBoot } = await loadBoardScript(readyMade("u-boot-login-shell"))
  const [, values] = instant.on_power
  const kernel = [{ print: "Starting kernel ...\n[    0.000000] Linux version 6.12.0\n" }]
  return {
    ...uBoot,
    on_power: [values!, ...uBoot.on_power],
    files: {
      "/etc/shinit": "alias [=board-test\n",
      ...Object.fromEntries(
        Object.entries(programs).map(([name, text]) => [
          `/opt/board/${name}`,
          `#!/bin/sh\n${text}\n`,
        ]),
      ),
    },
    states: {
      ...states,
      "u-boot": {
        prompt: "=> ",
        commands: [
          { match: "^run master$", do: [{ state: "master" }] },
          { match: "^(run disk$|bootz)", do: [...kernel, { state: "login" }] },
          { match: "^(load|setenv) ", do: [] },
        ],
      },
      kernel: { enter: [{ state: "master" }] },
      master: { enter: kernel, shell: true, prompt: "master# " },
      login: instant.states["login"]!,
      shell: instant.states["shell"]!,
      "telling-shell": instant.states["telling-shell"]!,
    },
  }
}

/** The archive of a root file system with a kernel, made in a directory. */
export const rootfsIn = (directory: string): string => {
  mkdirSync(join(directory, "boot"))
  for (const name of ["vmlinuz-6.12.0", "initrd.img-6.12.0"]) {
    writeFileSync(join(directory, "boot", name), name.repeat(100))
  }
  execFileSync("tar", ["-cf", "rootfs.tar", "boot"], { cwd: directory })
  return join(directory, "rootfs.tar")
}
