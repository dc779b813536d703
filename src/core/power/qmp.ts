import { once } from "node:events"
import { open } from "node:fs/promises"
import { connect, type Socket } from "node:net"
import { basename, dirname } from "node:path"
import type { Readable, Writable } from "node:stream"
import { setTimeout as sleep } from "node:timers/promises"

/** The messages of QEMU's machine protocol that matter here; QEMU's docs/interop/qmp-spec. */
interface Message {
  readonly id?: number
  readonly return?: unknown
  readonly error?: { readonly desc: string }
  readonly event?: string
}

/** A conversation with QEMU's monitor. */
export interface Qmp {
  /** Runs a command and answers what it returns. Rejects, with the end of a sentence, where QEMU refuses it. */
  readonly execute: (
    command: string,
    values?: Readonly<Record<string, unknown>>,
  ) => Promise<unknown>
  /** Waits for the next event of this name. */
  readonly event: (name: string) => Promise<void>
}

/** QEMU answers at once unless this machine is very busy, in ms. */
const answerMs = 10_000

/** Nobody listens at a QMP socket: its QEMU does not run. */
export class QemuGone extends Error {}

/**
 * Talks to QEMU's monitor over a pair of streams, from its greeting on, for as long as these are open.
 * Rejects, with the end of a sentence, where no QEMU answers.
 */
export const openQmp = async (input: Readable, output: Writable): Promise<Qmp> => {
  const waiting = new Set<{
    readonly take: (message: Message) => boolean
    readonly reject: (error: Error) => void
  }>()
  let over: Error | undefined
  const end = (error: Error) => {
    over ??= error
    for (const { reject } of waiting) reject(over)
  }
  const receive = (what: string, accept: (message: Message) => boolean): Promise<Message> =>
    new Promise((resolve, reject) => {
      if (over) return reject(over)
      const done = () => {
        clearTimeout(timer)
        waiting.delete(waiter)
      }
      const fail = (error: Error) => {
        done()
        reject(error)
      }
      const waiter = {
        take: (message: Message) => {
          if (!accept(message)) return false
          done()
          resolve(message)
          return true
        },
        reject: fail,
      }
      const late = () => fail(new Error(`QEMU did not ${what} within ${answerMs / 1000} s`))
      const timer = setTimeout(late, answerMs)
      waiting.add(waiter)
    })

  let text = ""
  input.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (text + chunk).split("\n")
    text = lines.pop() ?? ""
    for (const line of lines) {
      if (!line.startsWith("{")) continue
      const message = JSON.parse(line) as Message
      for (const { take } of waiting) if (take(message)) break
    }
  })
  input.once("close", () => end(new QemuGone("its QEMU ended")))
  for (const stream of [input, output]) {
    stream.on("error", ({ message }) => end(new QemuGone(`its QEMU ended (${message})`)))
  }

  let count = 0
  const execute: Qmp["execute"] = async (command, values = {}) => {
    const id = ++count
    const answer = receive(`answer ${command}`, (message) => message.id === id)
    output.write(`${JSON.stringify({ execute: command, arguments: values, id })}\n`)
    const { error, return: value } = await answer
    if (error) throw new Error(`QEMU refuses ${command}: ${error.desc}`)
    return value
  }
  await receive("greet", (message) => "QMP" in message)
  await execute("qmp_capabilities")
  return {
    execute,
    event: async (name) => {
      await receive(`tell of ${name}`, ({ event }) => event === name)
    },
  }
}

/**
 * Talks to the QEMU whose monitor is at a socket (`-qmp unix:PATH,server=on,wait=off`), which serves one at a time,
 * for as long as `use` runs. Rejects with QemuGone where nobody listens there.
 */
export const withQmp = async <A>(path: string, use: (qmp: Qmp) => Promise<A>): Promise<A> => {
  const socket = await connected(path)
  try {
    return await use(await openQmp(socket, socket))
  } finally {
    socket.destroy()
  }
}

/** A connection to the socket; waits for its turn where the queue of those that wait is full. */
const connected = async (path: string): Promise<Socket> => {
  // By a number in place of the directory: a socket's path may have 107 characters only.
  const directory = await open(dirname(path)).catch(() => {
    throw new QemuGone(`there is no directory ${dirname(path)}`)
  })
  try {
    for (const end = Date.now() + answerMs; ; await sleep(20)) {
      const socket = connect(`/proc/self/fd/${directory.fd}/${basename(path)}`)
      const failure = await once(socket, "connect").then(
        () => undefined,
        (error: NodeJS.ErrnoException) => error,
      )
      if (!failure) return socket
      if (failure.code === "EAGAIN" && Date.now() < end) continue
      const gone = failure.code === "ENOENT" || failure.code === "ECONNREFUSED"
      if (gone) throw new QemuGone(`no QEMU listens at its QMP socket ${path}`)
      throw new Error(`its QMP socket ${path} cannot be used (${failure.code})`)
    }
  } finally {
    await directory.close()
  }
}
