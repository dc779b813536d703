import { inspect } from "node:util"
import { exitCodes } from "../core/report/exit-code.ts"

let cleanUp: ((error: unknown) => Promise<unknown>) | undefined
let ending = false
let withStack = false

/** Stacks are printed from now on (--debug). */
export const printStacks = (): void => {
  withStack = true
}

/**
 * While something runs that must not be left as it is - a device under power - sets what is done about it when an
 * exception escapes, before the process ends. Answers how to take that back.
 */
export const onBug = (work: (error: unknown) => Promise<unknown>): (() => void) => {
  cleanUp = work
  return () => {
    cleanUp = undefined
  }
}

/** Says that an exception escaped, cleans up and ends the process. */
export const endByBug = (error: unknown): void => {
  if (ending) return process.exit(exitCodes.BugError)
  ending = true
  tellBug(error)
  void (async () => {
    try {
      await cleanUp?.(error)
    } finally {
      process.exit(exitCodes.BugError)
    }
  })()
}

/** Says in one sentence that there is a mistake in this program, and what to do about it. */
export const tellBug = (error: unknown): void => {
  const message = error instanceof Error ? error.message : String(error)
  const advice = withStack
    ? "please report it with the stack below and"
    : "please run it again with --debug and report what it prints, with"
  process.stderr.write(
    `error: a mistake in lab-dispatch, not in your files: ${message}; ${advice} the output of dispatch --version\n`,
  )
  if (withStack) process.stderr.write(`${inspect(error)}\n`)
}
