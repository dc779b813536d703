import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** Ctrl-], the escape key of telnet(1). */
const escape = 0x1d

/** What somebody at the keyboard wants: to type something on the console, or a command of ours. */
export type KeyPress =
  | { readonly type: "typed"; readonly bytes: Uint8Array }
  /** The character after the escape key. */
  | { readonly type: "command"; readonly key: string }

/**
 * Tells apart what is typed for the console and what is a command: the escape key and one more. The escape key
 * twice types it once. Takes the bytes of the keyboard in chunks of any size.
 */
export const makeKeyReader = (): ((bytes: Uint8Array) => ReadonlyArray<KeyPress>) => {
  let escaped = false
  return (bytes) => {
    const presses: Array<KeyPress> = []
    let typed: Array<number> = []
    const flush = () => {
      if (typed.length > 0) presses.push({ type: "typed", bytes: Uint8Array.from(typed) })
      typed = []
    }
    for (const byte of bytes) {
      if (escaped && byte !== escape) {
        flush()
        presses.push({ type: "command", key: String.fromCharCode(byte) })
        escaped = false
      } else if (byte === escape && !escaped) escaped = true
      else {
        typed.push(byte)
        escaped = false
      }
    }
    flush()
    return presses
  }
}

/** The terminal gives keys as they are pressed, until the Scope closes or the process just exits. */
export const rawKeyboard: Effect.Effect<void, never, Scope.Scope> = Effect.asVoid(
  Effect.acquireRelease(
    Effect.sync(() => {
      const restore = () => process.stdin.setRawMode(false)
      process.stdin.setRawMode(true)
      process.once("exit", restore)
      return restore
    }),
    (restore) =>
      Effect.sync(() => {
        process.off("exit", restore)
        restore()
      }),
  ),
)

/** The text of a file as keys: its lines end where a keyboard has the Enter key. */
export const withEnterKeys = (bytes: Uint8Array): Uint8Array =>
  bytes.map((byte) => (byte === 0x0a ? 0x0d : byte))
