import { exitCodes } from "../core/report/exit-code.ts"

/** The signals that ask a program to end, caught. */
export interface EndingSignals {
  /** Sets who is told of each, with how many have come to them, this one included. */
  readonly take: (taker: (count: number) => void) => void
  /** Passes over what comes from now on: the command is done and its process about to end, its exit code known. */
  readonly ignore: () => void
}

/** Ctrl-C, kill, a terminal that was closed. */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/**
 * Signals that come this soon after one another are one, in milliseconds: npm passes on the Ctrl-C that the terminal
 * sends to all of its programs anyway.
 */
const together = 500

/** Catches the signals; until somebody takes them, each ends the process at once with exit code 130. */
export const catchEndingSignals = (): EndingSignals => {
  const exit = () => process.exit(exitCodes.CanceledError)
  let taker: (count: number) => void = exit
  let count = 0
  let last = Number.NEGATIVE_INFINITY
  const listener = () => {
    const now = performance.now()
    if (now - last < together) return
    last = now
    process.exitCode = exitCodes.CanceledError
    taker(++count)
  }
  for (const signal of signals) process.on(signal, listener)
  return {
    take: (given) => {
      taker = given
    },
    ignore: () => {
      for (const signal of signals) process.off(signal, listener).on(signal, () => {})
    },
  }
}
