import type { ClientChannel, TerminalModes } from "ssh2"
import type { SshConnection } from "../../ssh/connect.ts"
import { CloseNotice } from "../close-notice.ts"
import { closeSocket } from "../../tcp.ts"
import type { Transport } from "../transport.ts"
import type { SshSettings } from "./settings.ts"

/** A login by ssh in which a console is to be opened. */
export interface LoggedIn extends SshConnection {
  readonly settings: SshSettings
}

/**
 * Starts the command or the shell on a terminal of its own, as a transport. Rejects, with the end of a sentence, when
 * the server refuses it.
 */
export const openSession = async (login: LoggedIn): Promise<Transport> => {
  return sessionTransport(login, await startSession(login))
}

/** What a terminal does by itself: echo, edit lines, send signals, change line ends, stop for Ctrl-S (RFC 4254, 8). */
const terminalHabits =
  "ECHO ICANON ISIG IEXTEN ICRNL INLCR IGNCR ISTRIP IXON IXOFF IXANY INPCK PARMRK OPOST ONLCR"

/** A command's terminal does none of it: it passes every byte as it is. */
const rawModes: TerminalModes = Object.fromEntries(
  terminalHabits.split(" ").map((habit) => [habit, 0]),
)

/** A session that was started. */
interface Session {
  readonly channel: ClientChannel
  /** How the command or the shell has ended, as far as is known. */
  readonly ending: () => string
}

const startSession = ({ client, settings }: LoggedIn): Promise<Session> =>
  new Promise((resolve, reject) => {
    const { command } = settings
    const started = (error: Error | undefined, channel: ClientChannel) => {
      if (!error) {
        let ending = "the other side closed the session"
        // At once: the news of a command's end may stand in the packet behind that of its start.
        channel.once("exit", (status: number | null, signal?: string) => {
          ending = endingOf(settings, status, signal)
        })
        return resolve({ channel, ending: () => ending })
      }
      const what = command === undefined ? "a shell" : "a command"
      reject(
        new Error(
          `the ssh server refuses ${what} on a terminal (${error.message}); check what this user may do there`,
          { cause: error },
        ),
      )
    }
    const cut = "the ssh server hung up when it was asked for a terminal; its log says why"
    client.once("close", () => reject(new Error(cut)))
    const pty = { term: "vt220", rows: 24, cols: 80 }
    if (command === undefined) client.shell(pty, started)
    else client.exec(command, { pty: { ...pty, modes: rawModes } }, started)
  })

const sessionTransport = (login: LoggedIn, { channel, ending }: Session): Transport => {
  const { client, sock, settings, description, silentSeconds } = login
  const notice = new CloseNotice()
  // ssh2 forgets who waits for a write when the session ends.
  const unsent = new Set<(error: Error) => void>()
  let over: string | undefined
  const end = (reason: string) => {
    over ??= reason
    for (const reject of unsent) reject(new Error(reason))
    unsent.clear()
    client.end()
  }
  const lost = (reason: string) => {
    notice.lost(reason)
    end(reason)
  }
  channel.on("close", () => lost(ending()))
  client.on("error", ({ level, message }: Error & { readonly level?: string }) => {
    const silent = level === "client-timeout"
    lost(
      silent
        ? `the ssh server has not answered for ${Number(silentSeconds.toFixed(1))} s`
        : `the connection broke (${message})`,
    )
  })
  client.on("close", () => lost("the other side closed the connection"))
  const { command } = settings
  return {
    description: command === undefined ? description : `${description}, command "${command}"`,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        if (over !== undefined) return reject(new Error(over))
        unsent.add(reject)
        channel.write(bytes, (error) => {
          unsent.delete(reject)
          if (error) reject(error)
          else resolve()
        })
      }),
    onData: (take) => void channel.on("data", take),
    onClose: notice.listen,
    close: () => {
      notice.ended()
      end("it was closed here")
      return closeSocket(sock)
    },
  }
}

/** How the command or the shell ended; by 126 and 127 a shell tells that it could not run a command (POSIX). */
const endingOf = (
  { host, command }: SshSettings,
  status: number | null,
  signal: string | undefined,
): string => {
  const end = `ended (${signal ?? `exit code ${status}`})`
  if (command === undefined) return `the shell on ${host} ${end}`
  if (status === 127) return `${host} has no such program: "${command}" (exit code 127)`
  if (status === 126) return `"${command}" may not be run on ${host} (exit code 126)`
  return `the command "${command}" on ${host} ${end}`
}
