import { match, P } from "ts-pattern"
import { Faults } from "./faults.ts"
import { LineDiscipline } from "./line-discipline.ts"
import type { BoardScript, Rule, State, Step } from "./script.ts"
import type { Shell, ShellEnding, ShellEvents } from "./shell.ts"
import { perform, type Performer } from "./steps.ts"
import { type Pause, Task } from "./task.ts"
import { fillIn, printed, type Values, valuesOf } from "./text.ts"

/** What a machine is connected to. */
export interface Surroundings {
  /** Sends what the board prints. */
  readonly send: (bytes: Buffer) => void
  /** While the console is behind: when it has caught up. */
  readonly busy: () => Promise<void> | undefined
  /** Cuts all connections to the console. */
  readonly disconnect: () => void
  /** Drops what is on its way over the line. */
  readonly dropLine: () => void
  readonly startShell: (prompt: string, events: ShellEvents) => Shell
}

/** A board that follows its script: its power, the state it is in, and what it is doing. */
export class Machine {
  readonly #script: BoardScript
  readonly #outside: Surroundings
  readonly #performer: Performer
  readonly #faults: Faults
  readonly #tty: LineDiscipline
  readonly #patterns = new Map<string, RegExp>()
  #powered = false
  #state: { readonly name: string; readonly is: State } | undefined
  /** What the script is doing in its state. Ctrl-C ends an answer, but not what follows power or entering. */
  #doing: "nothing" | "entering" | "answering" = "nothing"
  #task: Task | undefined
  /** What `set` steps have set in this power cycle. */
  readonly #values = new Map<string, string>()
  readonly #faultTasks = new Set<Task>()
  /** Lines typed while the board was doing something. */
  #lines: Array<string> = []
  #shell: Shell | undefined
  readonly #endingShells = new Set<Promise<void>>()

  constructor(script: BoardScript, outside: Surroundings) {
    this.#script = script
    this.#outside = outside
    this.#faults = new Faults(script.faults, (fault) => this.#happen(fault.do))
    this.#performer = {
      print: (bytes) => this.#print(bytes),
      values: () => Object.fromEntries(this.#values),
      set: (name, value) => this.#values.set(name, value),
      busy: outside.busy,
      enter: (state) => this.#enter(state),
      reset: () => this.reset(),
      powerOff: () => this.powerOff(),
      hang: () => this.#halt(),
      disconnect: outside.disconnect,
    }
    this.#tty = new LineDiscipline({
      echo: (bytes) => this.#print(bytes),
      line: (line) => {
        this.#lines.push(line)
        this.#answerNext()
      },
      interrupt: () => this.#interrupt(),
    })
  }

  get powered(): boolean {
    return this.#powered
  }

  /** The state that the board is in; undefined while it is off, has hung, or is in none yet. */
  get state(): string | undefined {
    return this.#state?.name
  }

  powerOn(): void {
    if (this.#powered) return
    this.#powered = true
    this.#faults.powerOn()
    this.#doing = "entering"
    this.#start(this.#later(this.#script.on_power))
  }

  powerOff(): void {
    if (!this.#powered) return
    this.#halt()
    this.#values.clear()
    this.#powered = false
    this.#outside.dropLine()
  }

  reset(): void {
    this.powerOff()
    this.powerOn()
  }

  /** Resolves when nothing is left of the shells that were stopped so far. */
  async settled(): Promise<void> {
    await Promise.all(this.#endingShells)
  }

  /** Takes what was typed. */
  type(bytes: Buffer): void {
    for (const [index, byte] of bytes.entries()) {
      if (this.#shell) return this.#shell.type(bytes.subarray(index))
      const state = this.#state?.is
      // Before its shell has begun, nothing reads.
      if (state === undefined || state.shell) return
      const answer = state.keys && this.#match(state.keys, String.fromCharCode(byte))
      if (answer) {
        this.#tty.clear()
        this.#lines = []
        this.#answer(answer.steps, answer.values)
      } else this.#tty.take(byte)
    }
  }

  #print(bytes: Buffer): void {
    this.#faults.pass(bytes, this.#outside.send)
  }

  /** Everything stops, for good or until the power is cycled. */
  #halt(): void {
    this.#leave()
    this.#state = undefined
    this.#faults.powerOff()
    for (const task of this.#faultTasks) task.stop()
    this.#faultTasks.clear()
  }

  /** Stops what is done in the state, and forgets what was typed. */
  #leave(): void {
    this.#task?.stop()
    this.#tty.clear()
    this.#lines = []
    this.#endShell()
  }

  #enter(name: string): void {
    const state = this.#script.states[name]
    if (state === undefined) return
    this.#leave()
    this.#state = { name, is: state }
    this.#tty.echo = state.echo ?? true
    this.#doing = "entering"
    const entered = () => (state.shell ? this.#startShell(state) : this.#wait())
    this.#start(this.#later(state.enter ?? []), entered)
  }

  /** Does these steps now, and nothing of what was done before. */
  #start(steps: Iterator<Pause>, whenDone?: () => void): void {
    this.#task?.stop()
    this.#task = new Task(steps, whenDone)
    this.#task.start()
  }

  /** In a turn of its own, so that states that only lead to each other leave room for others. */
  *#later(steps: ReadonlyArray<Step>): Generator<Pause, void> {
    yield 0
    yield* perform(steps, {}, this.#performer)
  }

  /** Waits for a line: prompts, and takes what was typed meanwhile. */
  #wait(): void {
    this.#doing = "nothing"
    this.#print(printed(this.#state?.is.prompt ?? "", this.#performer.values()))
    this.#answerNext()
  }

  #answerNext(): void {
    if (this.#doing !== "nothing" || this.#state === undefined) return
    const line = this.#lines.shift()
    if (line === undefined) return
    const { commands = [], otherwise = [] } = this.#state.is
    const answer = this.#match(commands, line)
    if (answer) this.#answer(answer.steps, { line, ...answer.values })
    else this.#answer(line === "" ? [] : otherwise, { line })
  }

  #answer(steps: ReadonlyArray<Step>, values: Values): void {
    this.#doing = "answering"
    this.#start(perform(steps, values, this.#performer), () => this.#wait())
  }

  #match(rules: ReadonlyArray<Rule>, text: string) {
    for (const rule of rules) {
      const match = this.#pattern(rule.match).exec(text)
      if (match) return { steps: rule.do, values: valuesOf(match) }
    }
    return undefined
  }

  #pattern(source: string): RegExp {
    const pattern = this.#patterns.get(source) ?? new RegExp(source)
    this.#patterns.set(source, pattern)
    return pattern
  }

  #interrupt(): void {
    if (this.#doing === "entering") return
    this.#task?.stop()
    this.#lines = []
    this.#wait()
  }

  /** Does the steps of a fault beside all else. What it prints is not counted towards further faults. */
  #happen(steps: ReadonlyArray<Step>): void {
    const performer = { ...this.#performer, print: this.#outside.send }
    const task = new Task(perform(steps, {}, performer), () => this.#faultTasks.delete(task))
    this.#faultTasks.add(task)
    task.start()
  }

  #startShell(state: State): void {
    const prompt = fillIn(state.prompt ?? "# ", this.#performer.values())
    this.#shell = this.#outside.startShell(prompt, {
      print: (bytes) => this.#print(bytes),
      busy: this.#outside.busy,
      ended: (ending) => {
        this.#endShell()
        this.#afterShell(ending, state)
      },
    })
  }

  #endShell(): void {
    const ending = this.#shell?.kill()
    this.#shell = undefined
    if (ending === undefined) return
    this.#endingShells.add(ending)
    void ending.then(() => this.#endingShells.delete(ending))
  }

  #afterShell(ending: ShellEnding, state: State): void {
    const name = this.#state?.name ?? ""
    const say = (text: string) => perform([{ print: text }], {}, this.#performer)
    this.#doing = "entering"
    match(ending)
      .with("reset", () => this.#start(say("reboot: Restarting system\n"), () => this.reset()))
      .with("power_off", () => this.#start(say("reboot: Power down\n"), () => this.powerOff()))
      .with("exit", () => this.#start(this.#later(state.exit ?? []), () => this.#enter(name)))
      .with({ failure: P.string }, ({ failure }) =>
        this.#start(say(`scripted board: the shell did not start: ${failure}\n`), () =>
          this.#halt(),
        ),
      )
      .exhaustive()
  }
}
