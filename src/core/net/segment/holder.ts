import { type ChildProcess, spawn } from "node:child_process"
import type { Socket as UdpSocket } from "node:dgram"
import { once } from "node:events"
import type { Server } from "node:net"
import { extname } from "node:path"
import { fileURLToPath } from "node:url"
import type { Network } from "../network.ts"
import type { MadeSocket, WantedSocket } from "./inside.ts"

const program = fileURLToPath(new URL(`inside${extname(import.meta.url)}`, import.meta.url))

/** One that does not end when it is told to is killed after so long, in ms. */
const patienceMs = 2000

interface Waiting {
  readonly resolve: (made: unknown) => void
  readonly reject: (error: Error) => void
}

/** The process that holds a network namespace open, seen from outside: see inside.ts. */
export class Holder {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  /** Resolves when it is gone. */
  readonly ended: Promise<unknown>
  #lastId = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    this.ended = once(child, "exit").catch(() => undefined)
    child.on("message", ({ id, error }: MadeSocket, made: unknown) => {
      const { resolve, reject } = this.#waiting.get(id) ?? {}
      this.#waiting.delete(id)
      if (error) reject?.(Object.assign(new Error(error.message), { code: error.code }))
      else resolve?.(made)
    })
  }

  /**
   * Starts one in a namespace that a command makes; rejects where it cannot, with what the command said.
   *
   * @param unshare the command, such as `unshare --net`
   */
  static async start(unshare: ReadonlyArray<string>): Promise<Holder> {
    const [command, ...words] = [...unshare, process.execPath, program]
    const child = spawn(command, words, {
      // A group of its own: the Ctrl-C that cancels a job is not for it.
      detached: true,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      env: { ...process.env, NODE_OPTIONS: "" },
    })
    let said = ""
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-1000)
    })
    const holder = new Holder(child)
    const ready = holder.#answer(0)
    const failed = once(child, "error").then(([error]) => {
      throw error as Error
    })
    failed.catch(() => undefined)
    const ended = holder.ended.then(() => {
      for (const { reject } of holder.#waiting.values()) {
        reject(new Error(said.trim() || "the process that holds the network namespace has ended"))
      }
      holder.#waiting.clear()
    })
    await Promise.race([ready, failed, ended.then(() => ready)])
    return holder
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** Makes a server listen in the namespace. */
  readonly listen: Network["listen"] = async (server, at) => {
    const listening = (await this.#ask({ kind: "tcp", ...at })) as Server
    server.listen(listening)
    await once(server, "listening")
  }

  /** A UDP socket that is bound in the namespace. */
  readonly bind: Network["bind"] = async (at) =>
    (await this.#ask({ kind: "udp", ...at })) as UdpSocket

  /** Lets the namespace go. */
  async close(): Promise<void> {
    const kill = setTimeout(() => this.#child.kill("SIGKILL"), patienceMs)
    if (this.#child.connected) this.#child.disconnect()
    await this.ended
    clearTimeout(kill)
  }

  #ask({ kind, bind, port }: Omit<WantedSocket, "id">): Promise<unknown> {
    const id = ++this.#lastId
    const made = this.#answer(id)
    const wanted: WantedSocket = { id, kind, bind, port }
    this.#child.send(wanted, (error) => {
      if (error) this.#waiting.get(id)?.reject(error)
    })
    return made
  }

  #answer(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }
}
