import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import { ownerIsGone, ownerPrefix } from "../owner.ts"
import { checksumFile } from "./checksum-file.ts"
import type { WritableStorage } from "./storage.ts"
import { contentOf, textOf } from "./text-file.ts"

const lock = `.${checksumFile}.lock`

/** How long the lock is waited for, in milliseconds. */
export interface LockPatience {
  /** Between two looks at it. */
  readonly pauseMs: number
  /** Who holds it this long has died: it is held for a few requests only. */
  readonly staleMs: number
  /** After this the wait is given up. */
  readonly limitMs: number
}

const usualPatience: LockPatience = { pauseMs: 100, staleMs: 30_000, limitMs: 120_000 }

/**
 * Holds the lock of a repository's packages.checksum while `work` runs: a file that only one can create. One that a
 * dead holder has left is taken away. `work` asks by `assertHeld` whether it was taken for dead itself, before it
 * changes what others see.
 */
export const locked = async <A>(
  storage: WritableStorage,
  work: (assertHeld: () => Promise<void>) => Promise<A>,
  signal: AbortSignal,
  patience: LockPatience = usualPatience,
): Promise<A> => {
  const own = `${ownerPrefix()}${randomUUID()}`
  const isHeld = async () => (await textOf(storage, lock, signal)) === own
  await acquire(storage, own, signal, patience)
  try {
    return await work(async () => {
      if (!(await isHeld())) throw new Error("another upload took this one for dead; try again")
    })
  } finally {
    // Where the storage cannot be reached, others find that its holder is gone.
    if (await isHeld().catch(() => false)) await storage.remove(lock).catch(() => {})
  }
}

const acquire = async (
  storage: WritableStorage,
  own: string,
  signal: AbortSignal,
  { pauseMs, staleMs, limitMs }: LockPatience,
): Promise<void> => {
  const start = performance.now()
  let holder: string | undefined
  let since = start
  for (let absent = 0; ;) {
    signal.throwIfAborted()
    const failure = await storage.create(lock, contentOf(own)).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (failure === undefined) return
    const found = await holderOf(storage)
    const now = performance.now()
    // It may have been given back in between, but not each time.
    if (found === undefined && ++absent > 20) throw failure
    if (found !== holder) {
      holder = found
      since = now
    }
    const stale = found !== undefined && (ownerIsGone(found) || now - since > staleMs)
    if (stale) await takeAway(storage, found, signal)
    else if (now - start > limitMs)
      throw new Error(
        `others have held ${lock} for ${limitMs / 1000} s; try again, or remove it if nobody uploads`,
      )
    else await sleep(pauseMs, undefined, { signal })
  }
}

/** Who has the lock; undefined where nobody has. */
const holderOf = async (storage: WritableStorage): Promise<string | undefined> => {
  const files = await storage.list()
  if (!files.some(({ name }) => name === lock)) return undefined
  return await textOf(storage, lock, new AbortController().signal)
}

/** Removes a dead holder's lock, and puts back one that is not his: another has been quicker. */
const takeAway = async (storage: WritableStorage, holder: string, signal: AbortSignal) => {
  const aside = `${lock}-${randomUUID()}`
  try {
    await storage.rename(lock, aside)
  } catch {
    return
  }
  if ((await textOf(storage, aside, signal)) === holder) await storage.remove(aside)
  else await storage.rename(aside, lock)
}
