import * as Effect from "effect/Effect"
import { quoteWord } from "../../core/console/quote.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type DispatchError, JobError } from "../../core/pipeline/errors.ts"
import { getData } from "../../core/pipeline/job-data.ts"
import { DeviceShell } from "../connection.ts"

/** More names than this are not listed. */
const mostShown = 10

/** The path of the one file on the device that matches a pattern. Fails with JobError, which lists them, where there are others. */
export const findOnDevice = (pattern: string): Effect.Effect<string, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const shell = yield* getData(DeviceShell)
    const { output } = yield* shell.check(
      `for f in ${quotePattern(pattern)}; do [ ! -f "$f" ] || printf '%s\\n' "$f"; done`,
    )
    const found = output.split("\n").filter((line) => line !== "")
    if (found.length === 1) return found[0]!
    const list = found.slice(0, mostShown).join(", ")
    const more = found.length > mostShown ? ` and ${found.length - mostShown} more` : ""
    return yield* new JobError({
      message: `expected one file that is "${pattern}" on the device, found ${found.length === 0 ? "none" : `${list}${more}`}`,
    })
  })

/** A pattern as a word of the shell: all but `*`, `?` and `[...]` means itself. */
const quotePattern = (pattern: string): string =>
  pattern
    .split(/([*?]|\[[^\]]*\])/)
    .map((part, index) => (index % 2 === 1 || part === "" ? part : quoteWord(part)))
    .join("")
