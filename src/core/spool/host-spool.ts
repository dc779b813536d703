import { randomBytes } from "node:crypto"
import { existsSync } from "node:fs"
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { reserve } from "../lab/reservation.ts"
import { InfrastructureError, messageOf } from "../pipeline/errors.ts"
import { writeAtomically } from "../report/atomic-file.ts"
import { type HostState, parseHostState, showHostState } from "./host-state.ts"
import { readSmall, sealParcel, wholeParcel } from "./parcel.ts"
import { parseSettings, type SettingsLines, showSettings } from "./settings-lines.ts"

/** How far a job has come. */
export type Progress =
  /** It waits for its turn: another job has the host, or the host takes none now. */
  | { readonly at: "queued" }
  /** It is placed, and not yet fetched. */
  | { readonly at: "pending" }
  /** The host prepares itself: by packages, then by a reboot. */
  | { readonly at: "install"; readonly rebooting: boolean }
  /** The host runs the tests of a stage. */
  | { readonly at: "running"; readonly stage: number }
  /** The results are here, whole: their directory and what the host says of them. */
  | { readonly at: "done"; readonly results: string; readonly status: SettingsLines }
  /** It is neither here, nor are its results. */
  | { readonly at: "gone" }

/** How long another process may keep the spool to itself, in ms: it moves a directory. */
const exclusiveMs = 30_000

/**
 * The spool of one host, a directory by which a dispatcher and a host that fetches its work talk:
 *
 * ```
 * state               what the host does; the dispatcher writes it only to say that a job is pending
 * config/directions   from the dispatcher: who the host is, who may use it, the id of the current job
 * current/            the job, a parcel: `job`, the overlay with its tests, the kernel packages
 * queue/NNNNNN-ID/    the jobs after it, in order; the host takes no notice of them
 * results/ID/         from the host, a parcel: the output of each stage, `status`, its packages
 * ```
 *
 * Each directory has one writer, so nothing depends on clocks or on who is faster. Everything fails with
 * InfrastructureError where the directory cannot be used.
 */
export class HostSpool {
  readonly directory: string
  readonly host: string

  /**
   * @param root the directory of all hosts' spools
   * @param host the host's name
   */
  constructor(root: string, host: string) {
    this.directory = resolve(root, host)
    this.host = host
  }

  /** A path in the spool. */
  path(...parts: ReadonlyArray<string>): string {
    return join(this.directory, ...parts)
  }

  /** Makes the spool if there is none; tells the host who may use it. */
  open(permitted: Permitted): Effect.Effect<void, InfrastructureError> {
    return this.#exclusively(async () => {
      for (const part of ["config", "queue", "results"]) {
        await mkdir(this.path(part), { recursive: true, mode: 0o700 })
      }
      await this.#direct(permitted)
    })
  }

  /** By what the host shows over HTTPS that it is the one; made at random when it is first asked for. */
  get token(): Effect.Effect<string, InfrastructureError> {
    return this.#work(async () => {
      const path = this.path("token")
      const token = (await textOf(path)).trim()
      if (token !== "") return token
      const made = randomBytes(24).toString("base64url")
      // Of two who make one at once, the first has made it.
      await writeFile(path, `${made}\n`, { flag: "wx", mode: 0o600 })
      return made
    })
  }

  /** What the host does; undefined where it was never heard of. */
  get state(): Effect.Effect<HostState | undefined, InfrastructureError> {
    return this.#work(() => this.#state())
  }

  /** The id of the job that the host has, and of those that come after it, in order. */
  get jobs(): Effect.Effect<
    { readonly current: string | undefined; readonly queued: ReadonlyArray<string> },
    InfrastructureError
  > {
    return this.#work(async () => ({
      current: await this.#current(),
      queued: (await this.#queue()).map(idOf),
    }))
  }

  /**
   * Puts a job at the end of the queue, and throws away the results of jobs that nobody waits for any more.
   *
   * @param fill writes the job's files into a directory
   */
  place(
    id: string,
    fill: (directory: string) => Promise<void>,
  ): Effect.Effect<void, InfrastructureError> {
    const draft = this.#draft(id)
    return Effect.gen({ self: this }, function* () {
      const written = this.#work(async () => {
        await rm(draft, { recursive: true, force: true })
        await mkdir(draft, { mode: 0o700 })
        await fill(draft)
        await sealParcel(draft)
      })
      yield* Effect.uninterruptible(written)
      yield* this.#exclusively(async () => {
        const queue = await this.#queue()
        const known = new Set([await this.#current(), ...queue.map(idOf)])
        for (const old of await readdir(this.path("results"))) {
          if (!known.has(old)) await rm(this.path("results", old), { recursive: true, force: true })
        }
        const last = Number(queue.at(-1)?.split("-")[0] ?? 0)
        await rename(draft, this.path("queue", `${String(last + 1).padStart(6, "0")}-${id}`))
      })
    })
  }

  /** Makes the first job of the queue the current one, where the host is free; the directions say which it is. */
  advance(permitted: Permitted): Effect.Effect<void, InfrastructureError> {
    return Effect.gen({ self: this }, function* () {
      // Most often there is nothing to do, and many jobs may wait: look before the door is closed.
      if (!(yield* this.#work(async () => (await this.#next()) ?? (await this.#misdirects()))))
        return
      yield* this.#exclusively(async () => {
        const next = await this.#next()
        if (next !== undefined) {
          await rename(this.path("queue", next), this.path("current"))
          await this.#say({ state: "pending", job: idOf(next) })
        }
        await this.#direct(permitted)
      })
    })
  }

  /** Takes a job away, wherever it stands; the host gives it up when it sees that. Its results stay. */
  withdraw(id: string, permitted: Permitted): Effect.Effect<void, InfrastructureError> {
    return this.#exclusively(async () => {
      await rm(this.#draft(id), { recursive: true, force: true })
      const away: Array<string> = (await this.#queue()).filter((name) => idOf(name) === id)
      for (const name of away) await rm(this.path("queue", name), { recursive: true, force: true })
      if ((await this.#current()) !== id) return
      const old = this.path(`.${id}`)
      await rename(this.path("current"), old)
      await this.#direct(permitted)
      await rm(old, { recursive: true, force: true })
      const state = await this.#state()
      if (state?.state === "pending" && state.job === id) await this.#say({ state: "available" })
    })
  }

  /** How far a job has come. */
  progress(id: string): Effect.Effect<Progress, InfrastructureError> {
    return this.#work(async (): Promise<Progress> => {
      const results = this.path("results", id)
      if (existsSync(join(results, "ready")) && (await wholeParcel(results))) {
        const status = parseSettings(await readSmall(join(results, "status")))
        return { at: "done", results, status }
      }
      if ((await this.#current()) !== id) {
        const queue = await this.#queue()
        return { at: queue.some((name) => idOf(name) === id) ? "queued" : "gone" }
      }
      const state = await this.#state()
      if (state?.job !== id) return { at: "pending" }
      if (state.state === "install") return { at: "install", rebooting: state.detail === "reboot" }
      // "done" with results that are not whole: they are on their way.
      const stage = state.state === "running" ? Number(state.detail ?? 0) : Number.MAX_SAFE_INTEGER
      return state.state === "pending" ? { at: "pending" } : { at: "running", stage }
    })
  }

  /** Where a job is until it is whole. */
  #draft(id: string): string {
    return this.path("queue", `.${id}`)
  }

  async #state(): Promise<HostState | undefined> {
    return parseHostState(await textOf(this.path("state")))
  }

  #say(state: HostState): Promise<void> {
    return writeAtomically(this.path("state"), `${showHostState(state)}\n`)
  }

  async #current(): Promise<string | undefined> {
    return parseSettings(await textOf(this.path("current", "job"))).get("id")
  }

  async #queue(): Promise<ReadonlyArray<string>> {
    const names = await readdir(this.path("queue"))
    return names.filter((name) => /^\d{6,}-/.test(name)).toSorted()
  }

  /** The job that is to be current and is not yet. */
  async #next(): Promise<string | undefined> {
    if ((await this.#current()) !== undefined) return undefined
    const state = await this.#state()
    if (state?.state === "maint" || state?.state === "install" || state?.state === "running") return
    return (await this.#queue())[0]
  }

  async #misdirects(): Promise<true | undefined> {
    const directed = parseSettings(await textOf(this.path("config", "directions"))).get("current")
    return directed === ((await this.#current()) ?? none) ? undefined : true
  }

  async #direct({ owner, allow }: Permitted): Promise<void> {
    const current = (await this.#current()) ?? none
    const directions = { host: this.host, owner, allow: allow.join(" "), current }
    await writeAtomically(this.path("config", "directions"), showSettings(directions))
  }

  #work<A>(work: () => Promise<A>): Effect.Effect<A, InfrastructureError> {
    return Effect.tryPromise({
      try: work,
      catch: (cause) =>
        new InfrastructureError({
          message: `the spool of ${this.host} (${this.directory}) cannot be used: ${messageOf(cause)}`,
          cause,
        }),
    })
  }

  /** Work that no other dispatcher of this machine does at the same time, and that is not left half done. */
  #exclusively<A>(work: () => Promise<A>): Effect.Effect<A, InfrastructureError> {
    const mine = { lock: this.directory }
    const taken = Effect.gen(function* () {
      for (let waited = 0; ; waited += 20) {
        const had = yield* Effect.result(reserve(mine, `a dispatcher, process ${process.pid}`))
        if (had._tag === "Success") return
        if (had.failure.cause !== undefined || waited > exclusiveMs) return yield* had.failure
        yield* Effect.sleep(20)
      }
    })
    const done = Effect.scoped(Effect.andThen(taken, Effect.uninterruptible(this.#work(work))))
    return Semaphore.withPermit(doorOf(this.directory), done)
  }
}

/** The jobs of this process go in one by one, in order: other processes are asked again and again. */
const doors = new Map<string, Semaphore.Semaphore>()

const doorOf = (directory: string): Semaphore.Semaphore => {
  const door = doors.get(directory) ?? Semaphore.makeUnsafe(1)
  doors.set(directory, door)
  return door
}

/** Who may use a host. */
export interface Permitted {
  readonly owner: string
  /** Who else may; nobody where it is empty. */
  readonly allow: ReadonlyArray<string>
}

/** What the directions say where there is no job. */
const none = "-"

const idOf = (queued: string): string => queued.slice(queued.indexOf("-") + 1)

const textOf = (path: string): Promise<string> => readSmall(path).catch(() => "")
