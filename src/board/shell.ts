import { type Child, startChild } from "./child.ts"
import type { RootFileSystem } from "./root-file-system.ts"

/** How a shell ended: what it did to the board's power, its end, or why it never began. */
export type ShellEnding = "reset" | "power_off" | "exit" | { readonly failure: string }

/** What a board's shell tells the board. */
export interface ShellEvents {
  readonly print: (bytes: Buffer) => void
  /** While the console is behind: when it has caught up. */
  readonly busy: () => Promise<void> | undefined
  readonly ended: (ending: ShellEnding) => void
}

/**
 * A real shell on a real tty: /bin/sh in the board's root file system, on a pseudo terminal that script(1)
 * makes there. All of the tty is the kernel's: echo, Ctrl-C, `stty`, passwords, programs that read.
 */
export class Shell {
  readonly #events: ShellEvents
  readonly #gone: Promise<void>
  #child: Child | undefined
  #killed = false

  /** @param prompt the shell's PS1 */
  constructor(root: Promise<RootFileSystem>, prompt: string, events: ShellEvents) {
    this.#events = events
    this.#gone = this.#run(root, prompt)
  }

  /** Types to the shell. What is typed before it has begun is lost. */
  type(bytes: Buffer): void {
    if (this.#child?.stdin.writable) this.#child.stdin.write(bytes)
  }

  /** Kills the shell and all that it started, and resolves when they are gone. It tells nothing more. */
  async kill(): Promise<void> {
    this.#killed = true
    await this.#child?.kill()
    await this.#gone
  }

  async #run(root: Promise<RootFileSystem>, prompt: string): Promise<void> {
    const ending = await this.#session(root, prompt).catch((error: unknown) => ({
      failure: String(error),
    }))
    if (!this.#killed) this.#events.ended(ending)
  }

  async #session(made: Promise<RootFileSystem>, prompt: string): Promise<ShellEnding> {
    const root = await made
    if (this.#killed) return "exit"
    const environment = {
      PS1: prompt,
      TERM: "vt102",
      USER: "root",
      SHELL: "/bin/sh",
      ENV: "/etc/shinit",
    }
    // Not exec: what is left behind by its parent becomes a child of the first process, and script takes its end for
    // the shell's.
    const terminal = "script -qfec 'exec /bin/sh -i' /dev/null; exit $?"
    const child = startChild(root.enter(terminal, environment))
    this.#child = child
    let began = false
    child.stdout.on("data", (bytes: Buffer) => {
      began = true
      if (this.#killed) return
      this.#events.print(bytes)
      const busy = this.#events.busy()
      if (!busy) return
      child.stdout.pause()
      void busy.then(() => child.stdout.resume())
    })
    const { code, signal, said } = await child.ended
    // reboot(2): in a process space of its own, restart ends it as by SIGHUP and power-off as by SIGINT.
    if (signal === "SIGHUP") return "reset"
    if (signal === "SIGINT") return "power_off"
    if (began) return "exit"
    return { failure: said || `it ended with ${signal ?? `exit status ${code}`} before its prompt` }
  }
}
