/** What ends any wait: the kernel panicked, or the device is back in its firmware. */
export type DeviceFailureKind = "panic" | "reset"

/** A line which says that the device failed, and where it stands in the console's text. */
export interface DeviceFailure {
  readonly kind: DeviceFailureKind
  /** The whole line, as `Kernel panic - not syncing: ...`, without the kernel's timestamp. */
  readonly line: string
  /** Offset of the line's end in the console's text since it was opened. */
  readonly end: number
}

/** A complaint of the kernel that does not end a wait: LAVA's result `kernel-messages`. */
export interface KernelMessage {
  readonly kind: "cut-here" | "fault" | "bug" | "oops" | "warning" | "invalid-opcode"
  readonly line: string
  /** When it came, in ms since the epoch. */
  readonly time: number
}

/** At most this many kernel messages are kept: a kernel that complains for ever must not fill the memory. */
const messageLimit = 1000

// A kernel line starts at a line's start, behind the kernel's timestamp, or behind a prompt into
// which it was printed. So a command that only speaks of a panic (grep "Kernel panic ...") is none.
const kernelLine = String.raw`(?:^|[\])>#$] *)`

// Before a banner there may be noise and prompts, but no words (`ver=U-Boot 2023.01 ...`).
const banner = String.raw`^[^\w\n]*`

const sources: ReadonlyArray<readonly [DeviceFailureKind | KernelMessage["kind"], string]> = [
  ["panic", `${kernelLine}Kernel panic - not syncing`],
  ["reset", String.raw`${banner}U-Boot (?:[ST]PL )?20\d\d\.\d\d`],
  ["reset", String.raw`${banner}barebox 20\d\d\.\d\d`],
  ["reset", String.raw`${banner}iPXE (?:initialising devices|\d\S* -- )`],
  ["reset", String.raw`${banner}SeaBIOS \(version `],
  ["cut-here", String.raw`-\[ cut here \]-`],
  ["bug", String.raw`kernel BUG at |${kernelLine}BUG: `],
  ["fault", "Unhandled fault"],
  ["oops", String.raw`\bOops(?:: | - )`],
  ["warning", String.raw`(?:\] |^)WARNING: (?:CPU: \d|[a-z])`],
  ["invalid-opcode", "invalid opcode:"],
]

/** The line with which a panic ends; what the kernel printed before it belongs to the panic. */
const panicEnd = /---\[ end Kernel panic/

/**
 * Looks at every line of a console, whether anybody waits or not, for what ends any wait and for the
 * kernel's complaints. The patterns are those of LAVA's login, looked for always.
 */
export class FailPatterns {
  readonly #any: RegExp
  readonly #each: ReadonlyArray<readonly [DeviceFailureKind | KernelMessage["kind"], RegExp]>
  #kernelMessages: Array<KernelMessage> = []

  /** @param reset what else than the known firmware banners says that the device was reset; matched line by line, flags do not count */
  constructor(reset: ReadonlyArray<RegExp> = []) {
    const all = [...sources, ...reset.map((pattern) => ["reset", pattern.source] as const)]
    this.#any = new RegExp(all.map(([, source]) => `(?:${source})`).join("|"), "gm")
    this.#each = all.map(([kind, source]) => [kind, new RegExp(source)])
  }

  /**
   * The failures in whole lines, in order.
   * @param lines text that begins at a line's start and ends at a line's end
   * @param offset where it stands in the console's text
   */
  check(lines: string, offset: number): ReadonlyArray<DeviceFailure> {
    const failures: Array<DeviceFailure> = []
    this.#any.lastIndex = 0
    for (let hit = this.#any.exec(lines); hit !== null; hit = this.#any.exec(lines)) {
      // The line that the match ends in: a device type's pattern may begin with line ends.
      const found = hit.index + Math.max(0, hit[0].length - 1)
      const start = lines.lastIndexOf("\n", found - 1) + 1
      const lineEnd = lines.indexOf("\n", found)
      const end = lineEnd < 0 ? lines.length : lineEnd
      const failure = this.#classify(lines.slice(start, end), offset + end)
      if (failure) failures.push(failure)
      this.#any.lastIndex = end + 1
    }
    return failures
  }

  #classify(text: string, end: number): DeviceFailure | undefined {
    const kind = this.#each.find(([, pattern]) => pattern.test(text))?.[0]
    if (kind === undefined) return undefined
    const line = text.replace(/^.*?\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? /, "")
    if (kind === "panic" || kind === "reset") return { kind, line, end }
    if (this.#kernelMessages.length < messageLimit)
      this.#kernelMessages.push({ kind, line, time: Date.now() })
    return undefined
  }

  /** The kernel's complaints since they were last taken, the first 1000 of them. */
  takeKernelMessages(): ReadonlyArray<KernelMessage> {
    const taken = this.#kernelMessages
    this.#kernelMessages = []
    return taken
  }

  /** Whether these lines hold the closing line of a panic. */
  static endsPanic(lines: string): boolean {
    return panicEnd.test(lines)
  }
}
