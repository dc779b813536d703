import { startBoard } from "../board/board.ts"
import type { Listen } from "../board/console-port.ts"
import { deviceEntry } from "../board/device-entry.ts"
import { catchEndingSignals } from "./ending-signals.ts"

/** The options of `dispatch board`. */
export interface BoardCommandOptions {
  readonly tcp?: number
  readonly telnet?: number
  readonly pty?: true | string
  readonly control?: number
}

/**
 * Plays a scripted board until a signal ends it; says where it is and what to write in a lab file for it. Answers
 * the exit code; rejects with ConfigurationError where the script is wrong, with InfrastructureError where it
 * cannot be played here.
 */
export const board = async (script: string, options: BoardCommandOptions): Promise<number> => {
  const { control } = options
  const signals = catchEndingSignals()
  const ended = new Promise<void>((resolve) => signals.take(() => resolve()))
  try {
    await using board = await startBoard(script, {
      listen: listen(options),
      ...(control !== undefined && { control }),
    })
    // Without a switch it is always on.
    if (board.control === undefined && !board.powered) await board.power("on")
    const lines = Object.entries(deviceEntry(board)).map(
      ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
    )
    process.stdout.write(`${board.name}: runs until Ctrl-C; in a lab file:\n${lines.join(",\n")}\n`)
    await ended
    return 0
  } finally {
    signals.ignore()
  }
}

const listen = ({ tcp, telnet, pty }: BoardCommandOptions): Listen => {
  if (pty !== undefined) return { pty }
  return telnet === undefined ? { tcp: tcp ?? 0 } : { telnet }
}
