import { lstat, symlink, unlink } from "node:fs/promises"
import { InfrastructureError, messageOf } from "../core/pipeline/errors.ts"
import { type Child, startChild } from "./child.ts"
import { type ConsolePort, whileBehind } from "./console-port.ts"

/**
 * A board's console on a pseudo terminal, to be opened as a serial device. Node cannot make one itself:
 * script(1), of Debian's bsdutils, makes it and passes its bytes on. A program that holds the other end
 * open keeps the terminal while nobody else has it.
 *
 * Rejects with InfrastructureError where script cannot be run or the link cannot be made.
 *
 * @param link the symbolic link to make to it; an old link in its place is replaced
 */
export const openPtyPort = async (link?: string): Promise<ConsolePort> => {
  let closed = false
  let renewing: Promise<void> = Promise.resolve()
  const open = async () => {
    const opened = await openPty((bytes) => port.onTyped(bytes))
    try {
      if (link !== undefined) await makeLink(link, opened.path)
      return opened
    } catch (error) {
      await opened.child.kill()
      throw error
    }
  }
  const renew = async () => {
    if (link !== undefined) await unlink(link).catch(() => {})
    await pty.child.kill()
    if (!closed) pty = await open()
  }

  const port: ConsolePort = {
    get address() {
      return { protocol: "pty", path: link ?? pty.path } as const
    },
    onTyped: () => {},
    send: (bytes) => {
      if (pty.child.stdin.writable) pty.child.stdin.write(bytes)
    },
    get busy() {
      return whileBehind(pty.child.stdin)
    },
    // To who has it open it is as if the adapter were pulled out; the next one has another number.
    cut: () => {
      renewing = renewing.then(renew).catch(() => {
        // No further terminal is to be had: the board goes on without a console.
      })
    },
    close: async () => {
      closed = true
      await renewing
      await pty.child.kill()
      if (link !== undefined) await unlink(link).catch(() => {})
    },
  }
  let pty = await open()
  return port
}

/** What keeps the terminal: raw, so that it changes nothing of what passes before a client has opened it. */
const holder = "stty raw -echo && tty && exec sleep infinity"

const openPty = async (
  typed: (bytes: Buffer) => void,
): Promise<{ readonly child: Child; readonly path: string }> => {
  const child = startChild(["script", "-qfec", holder, "/dev/null"])
  const said = await Promise.race([
    new Promise<string>((resolve) => {
      child.stdout.once("data", (bytes) => {
        child.stdout.on("data", typed)
        resolve(String(bytes))
      })
    }),
    child.ended.then((ending) => ending.said || "it ended at once"),
  ])
  const path = said.trim()
  if (/^\/dev\/\S+$/.test(path)) return { child, path }
  await child.kill()
  throw new InfrastructureError({
    message: `the scripted board needs script(1), of Debian's bsdutils, to make a pseudo terminal: ${path}`,
  })
}

const makeLink = async (link: string, path: string): Promise<void> => {
  const found = await lstat(link).catch(() => undefined)
  try {
    if (found?.isSymbolicLink()) await unlink(link)
    await symlink(path, link)
  } catch (cause) {
    const why = found ? "there is a file already" : messageOf(cause)
    throw new InfrastructureError({
      message: `the link ${link} to the scripted board's console cannot be made: ${why}`,
      cause,
    })
  }
}
