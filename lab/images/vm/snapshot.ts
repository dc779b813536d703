/**
 * snapshot.ts IMAGE: boot the virtual machine whose files are in IMAGE, log in on its console, and keep it at the
 * shell's prompt as the snapshot "clean" of its disk.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { withQmp } from "../../../src/core/power/qmp.ts"
import { vmOptions } from "./machine.ts"

const limit = 180_000 // ms, for the whole boot
const [image = ""] = process.argv.slice(2)

const monitor = ["-serial", "stdio", "-monitor", "none", "-qmp", "unix:qmp,server=on,wait=off"]
const options = [...vmOptions(image, 0), monitor, ["-display", "none", "-parallel", "none"]].flat()
const qemu = spawn("qemu-system-x86_64", options, {
  cwd: image,
  stdio: ["pipe", "pipe", "inherit"],
})
const ended = once(qemu, "exit")
const timer = setTimeout(() => qemu.kill("SIGKILL"), limit)

let seen = ""
qemu.stdout.setEncoding("latin1")
/** Read the console up to a text. */
async function until(text: string): Promise<void> {
  for await (const chunk of qemu.stdout.iterator({ destroyOnReturn: false })) {
    process.stdout.write(chunk)
    seen += chunk
    const place = seen.indexOf(text)
    if (place < 0) continue
    seen = seen.slice(place + text.length)
    return
  }
  throw new Error(`the machine ended before it said "${text}"`)
}

await until("login: ")
qemu.stdin.write("root\r")
await until("Password: ")
qemu.stdin.write("not-a-secret\r")
await until("# ")
qemu.stdin.write("sync; echo 3 > /proc/sys/vm/drop_caches\r")
await until("# ")
await withQmp(join(image, "qmp"), async ({ execute }) => {
  await execute("stop")
  const said = await execute("human-monitor-command", { "command-line": "savevm clean" })
  if (said !== "") throw new Error(String(said))
  await execute("quit")
})
await ended
clearTimeout(timer)
