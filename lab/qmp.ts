import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { LabError } from "./error.ts"

/** The part of QEMU's machine protocol that is used here; QEMU's docs/interop/qmp-spec. */
interface Message {
  readonly return?: unknown
  readonly error?: { readonly desc: string }
  readonly event?: string
}

/** A connection to one machine's monitor. QEMU serves one at a time; others wait for their turn. */
export interface Monitor {
  /** Run a command and answer what it returns. Fails with {@link LabError} when QEMU refuses it. */
  readonly execute: (command: string) => Promise<unknown>
  /** Wait for the next event of this name. */
  readonly event: (name: string) => Promise<void>
}

const deadline = 10_000 // ms: QEMU answers at once unless the host is very busy

/** A connection to the socket; waits for its turn where the queue of those that wait is full. */
async function connected(path: string): Promise<Socket> {
  for (const end = Date.now() + deadline; ; await sleep(20)) {
    const socket = connect(path)
    const failure = await once(socket, "connect").then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error,
    )
    if (!failure) return socket
    if (failure.code !== "EAGAIN" || Date.now() > end) {
      throw new LabError("it does not run: plug it in with lab up")
    }
  }
}

/**
 * Talk to the monitor in `directory` for as long as `use` runs.
 * Fails with {@link LabError} when no machine runs there, or when it does not answer within ten seconds.
 */
export async function withMonitor<A>(
  directory: string,
  use: (monitor: Monitor) => Promise<A>,
): Promise<A> {
  // A relative path: a socket's may have 107 characters only, and a lab's directory may be deep.
  process.chdir(directory)
  const socket = await connected("qmp")
  const waiting: Array<{
    readonly accept: (message: Message) => boolean
    readonly reject: (error: Error) => void
  }> = []
  const fail = (error: Error) => {
    for (const { reject } of waiting.splice(0)) reject(error)
  }
  const receive = (accept: (message: Message) => boolean): Promise<Message> =>
    new Promise((resolve, reject) => {
      waiting.push({
        accept: (message) => accept(message) && (resolve(message), true),
        reject,
      })
    })

  let text = ""
  socket.setEncoding("utf8")
  socket.on("data", (chunk: string) => {
    const lines = (text + chunk).split("\n")
    text = lines.pop() ?? ""
    for (const line of lines) {
      const message = JSON.parse(line) as Message
      const index = waiting.findIndex(({ accept }) => accept(message))
      if (index >= 0) waiting.splice(index, 1)
    }
  })
  socket.on("close", () => fail(new LabError("the emulator ended")))
  const timer = setTimeout(
    () => fail(new LabError(`the emulator did not answer within ${deadline / 1000} s`)),
    deadline,
  )

  const execute = async (command: string): Promise<unknown> => {
    const answer = receive((message) => "return" in message || "error" in message)
    socket.write(`${JSON.stringify({ execute: command })}\n`)
    const { error, return: value } = await answer
    if (error) throw new LabError(`the emulator refused ${command}: ${error.desc}`)
    return value
  }
  const event = async (name: string): Promise<void> => {
    await receive((message) => message.event === name)
  }
  try {
    await receive((message) => "QMP" in message)
    await execute("qmp_capabilities")
    return await use({ execute, event })
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}
