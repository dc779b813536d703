import { setTimeout as sleep } from "node:timers/promises"
import { InfrastructureError } from "../pipeline/errors.ts"
import type { OnProgress } from "./artifact.ts"

/** When a download is given up. */
export interface DownloadPatience {
  /** Seconds without a byte after which the connection counts as cut. */
  readonly stallSeconds: number
  /** Attempts in a row that may bring nothing new. */
  readonly attempts: number
  /** Pause before the next attempt, in seconds; doubled while nothing new comes, to 10 s at most. */
  readonly pauseSeconds: number
}

/** The transfer broke; another attempt may bring the rest. */
export class Cut extends Error {}

/** A transfer that may take several attempts. */
interface Transfer<A> {
  /** Throws a Cut where another attempt may bring more. */
  readonly attempt: () => Promise<A>
  /** How many bytes were reached in any attempt. */
  readonly reached: () => number
  /** The error for a transfer that is given up after this. */
  readonly givenUp: (cut: Cut) => Error
}

/** Tries until an attempt comes through, or several in a row have brought nothing new. */
export const persist = async <A>(
  { attempts, pauseSeconds }: DownloadPatience,
  signal: AbortSignal,
  { attempt, reached, givenUp }: Transfer<A>,
): Promise<A> => {
  for (let fruitless = 0; ;) {
    const before = reached()
    try {
      return await attempt()
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof Cut)) throw error
      fruitless = reached() > before ? 0 : fruitless + 1
      if (fruitless >= attempts) throw givenUp(error)
      const pause = Math.min(10, pauseSeconds * 2 ** Math.max(0, fruitless - 1))
      await sleep(pause * 1000, undefined, { signal })
    }
  }
}

/** The error of a download that was given up: how far it came, and why no farther. */
export const givenUp = (
  what: string,
  cut: Cut,
  { attempts, received, total }: { attempts: number; received: number; total: number | undefined },
): InfrastructureError => {
  const came =
    received === 0
      ? `nothing came in ${attempts} attempts`
      : `${received} of ${total ?? "an unknown number of"} bytes came, and ${attempts} attempts brought no more`
  return new InfrastructureError({
    message: `${what} cannot be downloaded: ${came}; the last one: ${cut.message}`,
    cause: cut,
  })
}

const progressIntervalMs = 100

/** Tells of progress some ten times a second, and of the end always. */
export const thinned = (onProgress: OnProgress) => {
  let reportedAt = 0
  return (
    { received, total }: { received: number; total: number | undefined },
    end: boolean,
  ): void => {
    const now = performance.now()
    if (!end && now - reportedAt < progressIntervalMs) return
    reportedAt = now
    onProgress({ received, ...(total !== undefined && { total }) })
  }
}
