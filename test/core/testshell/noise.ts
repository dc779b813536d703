import * as fc from "fast-check"

const text = (max: number) =>
  fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    maxLength: max,
  })

/** What the kernel prints to the console, with its line's end: `[   12.345678] usb 1-1: new device`. */
export const kernelMessage = fc
  .tuple(
    fc.nat(99999),
    fc.nat(999999),
    fc.constantFrom("", "[    T1] ", "[   C0] ", "[T12345] "),
    fc.oneof(
      text(60),
      fc.constantFrom(
        "usb 1-1: new high-speed USB device number 2 using ehci-platform",
        "EXT4-fs (sda1): mounted filesystem with ordered data mode. Opts: (null)",
        " ? do_syscall_64+0x5c/0xc0 -> entry <TASK>",
      ),
    ),
  )
  .map(
    ([seconds, micro, caller, message]) =>
      `[${String(seconds).padStart(5)}.${String(micro).padStart(6, "0")}] ${caller}${message}\r\n`,
  )

/** Text with noise put in at byte positions; a position may fall into noise that was put in before. */
export const withNoise = (
  clean: string,
  noises: ReadonlyArray<readonly [number, string]>,
): string => {
  let noisy = clean
  for (const [at, noise] of noises) {
    const position = at % (noisy.length + 1)
    noisy = noisy.slice(0, position) + noise + noisy.slice(position)
  }
  return noisy
}

/** Cuts text into pieces, as a console delivers it. */
export const pieces = (text: string, sizes: ReadonlyArray<number>): string[] => {
  const cut: string[] = []
  let at = 0
  for (let index = 0; at < text.length; index++) {
    const size = sizes.length === 0 ? text.length : (sizes[index % sizes.length] ?? 1)
    cut.push(text.slice(at, at + size))
    at += size
  }
  return cut
}
