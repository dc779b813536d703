import { spawn } from "node:child_process"
import { once } from "node:events"

/**
 * Run `use` while no other process runs under the same lock file. The lock is held by a flock(1) that ends
 * when this process ends, however it ends: there are no stale locks.
 */
export async function withLock<A>(file: string, use: () => Promise<A>): Promise<A> {
  const holder = spawn("flock", [file, "sh", "-c", "echo locked; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  await once(holder.stdout, "data")
  try {
    return await use()
  } finally {
    holder.stdin.end()
    await once(holder, "close")
  }
}
