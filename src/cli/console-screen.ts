import { displayOf } from "../core/report/output.ts"
import { styleFor } from "../core/report/style.ts"

/** Whether the console's last line is not at its end yet. */
let withinLine = false

/** Shows on standard output what came from a console, as it is: the terminal is what the device talks to. */
export const show = (bytes: Uint8Array): void => {
  process.stdout.write(bytes)
  withinLine = bytes.at(-1) !== 0x0a
}

/** Writes a note of ours between the console's lines, on standard error. */
export const say = (message: string): void => {
  const { dim } = styleFor(displayOf(process.stderr))
  process.stderr.write(`${withinLine ? "\r\n" : ""}${dim(`[${message}]`)}\r\n`)
  withinLine = false
}
