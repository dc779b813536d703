import { execFile } from "node:child_process"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import { LabError } from "./error.ts"
import type { Machine } from "./machine.ts"
import { emulatorPid } from "./process.ts"
import { withMonitor } from "./qmp.ts"

/** Start the machine's QEMU, halted. It goes to the background by itself once its console and monitor are there. */
export async function startEmulator(home: string, name: string, machine: Machine): Promise<void> {
  const chardev = {
    serial: "pty,id=console",
    telnet: "socket,id=console,host=127.0.0.1,port=0,server=on,wait=off,telnet=on",
    ssh: "null,id=console",
  }[machine.console]
  const common = [
    ["-name", name, "-S", "-no-shutdown", "-daemonize", "-pidfile", "pid", "-D", "qemu.log"],
    ["-display", "none", "-monitor", "none", "-parallel", "none"],
    ["-chardev", chardev, "-serial", "chardev:console", "-qmp", "unix:qmp,server=on,wait=off"],
    // QEMU 7.2 notices a socket that the guest's own thread opened only when its main loop wakes up, up to a
    // second later; an idle filter's timer wakes it 200 times a second while the machine runs.
    ["-netdev", "hubport,id=idle,hubid=1"],
    ["-object", "filter-buffer,id=tick,netdev=idle,interval=5000"],
  ]
  // A machine is the lab's, not of a job that restarts it: nothing of the job's environment belongs to it.
  const env = { PATH: process.env["PATH"] }
  const options = [...machine.options, ...common].flat()
  await promisify(execFile)(machine.emulator, options, { cwd: home, env }).catch(
    (error: NodeJS.ErrnoException & { readonly stderr?: string }) => {
      throw new LabError(
        error.code === "ENOENT"
          ? `${machine.emulator} is not installed: run lab setup`
          : `${name} does not start: ${(error.stderr || error.message).trim().split("\n").at(-1)}`,
      )
    },
  )
}

/** End the machine's QEMU, if it runs. */
export async function stopEmulator(home: string): Promise<void> {
  const pid = await emulatorPid(home)
  if (pid !== undefined) {
    await withMonitor(home, ({ execute }) => execute("quit")).catch(() => undefined)
    if (!(await ended(home, 5000))) {
      process.kill(pid, "SIGKILL")
      await ended(home, 5000)
    }
  }
}

/** Whether the machine's process has ended, waiting `limit` ms for it. */
async function ended(home: string, limit: number): Promise<boolean> {
  for (const until = Date.now() + limit; Date.now() < until; await sleep(20)) {
    if ((await emulatorPid(home)) === undefined) return true
  }
  return false
}
