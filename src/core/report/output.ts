import { type OutputQueue, outputQueue } from "./output-queue.ts"

/** What a reader's display can show. */
export interface Display {
  /** Whether a person watches, on a terminal that can redraw its lines. */
  readonly live: boolean
  /** Whether escape sequences for colours are wanted. */
  readonly colour: boolean
  /** Whether the terminal shows more than ASCII. */
  readonly unicode: boolean
  /** The window's size as it is now. */
  readonly size: () => { readonly columns: number; readonly rows: number }
}

/** Where text for a person or a program goes: standard output, or what a test has in its place. */
export type Output = Display & OutputQueue

/** What is asked of a stream: process.stdout has it all. */
export type TextStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean
  readonly getWindowSize?: () => [columns: number, rows: number]
}

/** What can be shown on a stream. Colour follows NO_COLOR and FORCE_COLOR, then whether it is a terminal. */
export const displayOf = (
  stream: TextStream = process.stdout,
  environment: NodeJS.ProcessEnv = process.env,
): Display => {
  const { NO_COLOR, FORCE_COLOR, TERM, LC_ALL, LC_CTYPE, LANG } = environment
  const live = stream.isTTY === true && TERM !== "dumb"
  const locale = LC_ALL || LC_CTYPE || LANG
  return {
    live,
    colour: FORCE_COLOR ? FORCE_COLOR !== "0" : live && !NO_COLOR,
    unicode: TERM !== "linux" && (!locale || /utf-?8/i.test(locale)),
    size: () => {
      const [columns, rows] = stream.getWindowSize?.() ?? []
      return { columns: columns || 80, rows: rows || 24 }
    },
  }
}

/**
 * A stream, standard output unless given, as an Output. A reader that pauses (`dispatch job.json | less`, Ctrl-S)
 * or goes away (`dispatch job.json | head`) does not disturb the job.
 */
export const openOutput = (
  stream: TextStream = process.stdout,
  environment: NodeJS.ProcessEnv = process.env,
): Output => ({ ...displayOf(stream, environment), ...outputQueue(stream) })
