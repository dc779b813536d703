import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { Console } from "../../core/console/console.ts"
import type { KernelMessage } from "../../core/console/fail-patterns.ts"
import { waitFailure } from "../../core/console/wait-failure.ts"
import type { DispatchError } from "../../core/pipeline/errors.ts"
import { type Events, log, report } from "../../core/pipeline/events.ts"
import { CurrentNamespace } from "../../core/pipeline/job-data.ts"
import { CurrentLevel } from "../../core/pipeline/progress.ts"

/** A kernel message as LAVA's result `kernel-messages` has it; of a long one the first line. */
interface ReportedMessage {
  readonly kind: string
  readonly message: string
}

/**
 * Reports what the kernel complained of since the reset or the last boot as LAVA does: by the result
 * `kernel-messages` in the suite `lava`, with every message in `extra`. It fails where the boot failed by what the
 * console showed: a panic, a reset, or the job's own `failure_message`.
 */
export const reportingKernelMessages = <R>(
  console: Console,
  boot: Effect.Effect<void, DispatchError, R>,
): Effect.Effect<void, DispatchError, R | Events> =>
  Effect.gen(function* () {
    const start = yield* Clock.currentTimeMillis
    yield* boot.pipe(
      Effect.onExit((exit) =>
        Effect.gen(function* () {
          const error = Option.getOrUndefined(Exit.findErrorOption(exit))
          // Nothing is to be said of a boot that was canceled.
          if (!Exit.isSuccess(exit) && error === undefined) return
          const fatal = error && fatalMessage(error)
          const complaints = asReported(console.takeKernelMessages())
          for (const { message } of complaints) yield* log("warning", `the kernel says: ${message}`)
          yield* report({
            suite: "lava",
            case: "kernel-messages",
            result: fatal ? "fail" : "pass",
            level: yield* CurrentLevel,
            namespace: yield* CurrentNamespace,
            durationSeconds: ((yield* Clock.currentTimeMillis) - start) / 1000,
            extra: { extra: fatal ? [...complaints, fatal] : complaints },
          })
        }),
      ),
    )
  })

/** The line which announces a message says nothing where the message follows. */
const asReported = (messages: ReadonlyArray<KernelMessage>): ReadonlyArray<ReportedMessage> =>
  messages
    .filter(({ kind }, index) => kind !== "cut-here" || index === messages.length - 1)
    .map(({ kind, line }) => ({ kind: kindOf(kind, line), message: line }))

/** LAVA's word for a kind of message. */
const kindOf = (kind: KernelMessage["kind"], line: string): string => {
  const sanitizer = /BUG: (KASAN|KCSAN|KFENCE):/.exec(line)?.[1]
  if (sanitizer !== undefined) return sanitizer.toLowerCase()
  if (kind === "cut-here") return "unknown"
  return kind.replace("-", " ")
}

const fatalMessage = (error: DispatchError): ReportedMessage | undefined => {
  const failure = waitFailure(error)
  if (failure?.line === undefined) return undefined
  return {
    kind: failure.kind === "reset" ? "DUT_has_reset" : failure.kind,
    message: failure.line,
  }
}
