import { deviceEntry } from "../board/device-entry.ts"
import { startBoard } from "../board/board.ts"
import { type ConsoleLink, type LinkFailure, openConsoleLink } from "./console-link.ts"
import type { Subject } from "./subject.ts"

/** The device of one trial, and what its surroundings see of it. */
export interface TrialDevice {
  /** What the lab file says of it, its type apart. */
  readonly entry: object
  readonly powered: () => boolean
  /** The line to its console; undefined for a device that is always on, which is nobody's to disturb. */
  readonly link: ConsoleLink | undefined
  readonly close: () => Promise<void>
}

/** Starts a board of its own for a trial, with its console over a link that may fail. */
export const startTrialDevice = async (
  { board: script, device }: Subject,
  failure: LinkFailure | undefined,
): Promise<TrialDevice> => {
  if (script === undefined) {
    return { entry: { ...device }, powered: () => false, link: undefined, close: async () => {} }
  }
  const board = await startBoard(script, { listen: { tcp: 0 }, control: 0 })
  if (board.console.protocol === "pty") throw new Error("a TCP port was asked for")
  const link = await openConsoleLink(board.console.port, failure)
  return {
    entry: {
      ...device,
      power: { ...device?.power, ...deviceEntry(board).power },
      console: { tcp: { host: "127.0.0.1", port: link.port } },
    },
    powered: () => board.powered,
    link,
    close: async () => {
      await link.close()
      await board.close()
    },
  }
}
