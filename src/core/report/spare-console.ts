import type { Reporter } from "./reporter.ts"

/**
 * Spares a reporter the console, and the progress of transfers, while its reader is far behind; what the
 * dispatcher says itself always comes. How many lines were left out is a warning in their place.
 *
 * @param behind whether the reader is too far behind for more
 */
export const spareConsole = (reporter: Reporter, behind: () => boolean): Reporter => {
  let missing = 0
  const note = () => {
    if (missing === 0) return
    const message = `${missing === 1 ? "1 line of the console is" : `${missing} lines of the console are`} not shown here: the reader of this output was too far behind`
    missing = 0
    reporter.event({ type: "log", level: "warning", time: Date.now(), message })
  }
  return {
    event: (event) => {
      const spare = event.type === "console" || event.type === "action-progress"
      if (spare && behind()) {
        if (event.type === "console") missing++
        return
      }
      note()
      reporter.event(event)
    },
    end: () => {
      note()
      return reporter.end()
    },
  }
}
