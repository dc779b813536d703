import { deviceEntry } from "../board/device-entry.ts"
import { startBoard } from "../board/board.ts"
import type { BoardScriptInput } from "../board/script.ts"
import { type ConsoleLink, type LinkFailure, openConsoleLink } from "./console-link.ts"
import type { DeviceKeys, Subject } from "./subject.ts"

/**
 * The device of one trial, where it is no board with a console and a power switch: a host that is logged in to, one
 * that fetches its work.
 */
export interface TrialDevice {
  /** What the lab file says of it, its type apart. */
  readonly entry: DeviceKeys
  /**
   * What a job has of it that it must give back, a sentence each, as "the host still has the job". Asked when a job is
   * planned and when it has ended; it waits for what takes a moment to be gone.
   */
  readonly taken: () => Promise<ReadonlyArray<string>>
  /** From now on nothing comes from it any more, as where its power is cut. */
  readonly silence: () => Promise<void>
  /** Gives back what it is made of, also where it was silenced. */
  readonly close: () => Promise<void>
}

/** A scripted board in a trial: it is its console that fails. */
export type BoardDevice = Omit<TrialDevice, "silence"> & { readonly link: ConsoleLink }

/** Starts a device of its own for a trial; the console of a scripted board over a link that may fail. */
export const startTrialDevice = async (
  { board, device }: Subject,
  name: string,
  failure: LinkFailure | undefined,
): Promise<TrialDevice | BoardDevice> =>
  typeof board === "function" ? board(name) : startBoardDevice(board, device, failure)

/** A console that is closed when a job ends is seen to be closed within this time, in milliseconds. */
const closingMs = 1000

const startBoardDevice = async (
  script: string | BoardScriptInput,
  keys: DeviceKeys | undefined,
  failure: LinkFailure | undefined,
): Promise<BoardDevice> => {
  const board = await startBoard(script, { listen: { tcp: 0 }, control: 0 })
  if (board.console.protocol === "pty") throw new Error("a TCP port was asked for")
  const link = await openConsoleLink(board.console.port, failure)
  return {
    entry: {
      power: { ...keys?.power, ...deviceEntry(board).power },
      console: { tcp: { host: "127.0.0.1", port: link.port } },
    },
    taken: async () => {
      const { powered } = board
      const closed = await until(() => link.open() === 0, closingMs)
      return [
        ...(powered ? ["the board still has power"] : []),
        ...(closed ? [] : ["the console is still open"]),
      ]
    },
    link,
    close: async () => {
      await link.close()
      await board.close()
    },
  }
}

/** Waits until something is so, at most so many milliseconds; answers whether it is. */
const until = async (holds: () => boolean, ms: number): Promise<boolean> => {
  const since = performance.now()
  while (!holds()) {
    if (performance.now() - since > ms) return false
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return true
}
