import type { TftpOption } from "./packet.ts"

/** How one transfer is done, as agreed with the device. */
export interface TransferSettings {
  /** Bytes of the file in a packet (RFC 2348). */
  readonly blksize: number
  /** Packets sent before an acknowledgement is waited for (RFC 7440). */
  readonly windowsize: number
  /** Milliseconds until an unanswered packet is sent again, if the device has set them (RFC 2349). */
  readonly timeoutMs: number | undefined
  /** The device asked for the file's size (RFC 2349); firmware often wants no more than that. */
  readonly tsizeAsked: boolean
  /** What the OACK says; without any there is no OACK (RFC 2347). */
  readonly accepted: ReadonlyArray<TftpOption>
}

/**
 * Most that is under way without an acknowledgement, whatever the device asks for. It fills a gigabit
 * link with a delay of 1 ms, and fits into the 208 KiB that Linux gives a socket for receiving, in
 * which each packet takes at least a kilobyte: what overruns that buffer is sent again and again.
 */
const WINDOW_BYTES = 128 * 1024
const WINDOW_BLOCKS = 64

/**
 * Answers the options of a read request for a file of `size` bytes, in the order in which they were
 * asked for. An option that is unknown, malformed or out of range is passed over, as RFC 2347 says; too
 * large a block or window is answered with a smaller one.
 */
export const negotiate = (
  asked: ReadonlyArray<TftpOption>,
  size: number | undefined,
): TransferSettings => {
  const wanted = new Map<string, number>()
  for (const [name, value] of asked) {
    const key = name.toLowerCase()
    if (/^\d{1,10}$/.test(value) && !wanted.has(key)) wanted.set(key, Number(value))
  }
  const blksize = within(wanted.get("blksize"), 8, 65464)
  const windowsize = within(wanted.get("windowsize"), 1, 65535)
  const timeout = wanted.get("timeout")
  const window = Math.max(1, Math.floor(WINDOW_BYTES / (blksize ?? 512)))
  const largest = Math.min(window, WINDOW_BLOCKS)
  const answers = new Map<string, number | undefined>([
    ["blksize", blksize],
    ["windowsize", windowsize === undefined ? undefined : Math.min(windowsize, largest)],
    // The device's own number or none: the server may not choose another (RFC 2349).
    ["timeout", timeout !== undefined && timeout >= 1 && timeout <= 255 ? timeout : undefined],
    ["tsize", wanted.has("tsize") ? size : undefined],
  ])
  const accepted = [...wanted.keys()].flatMap((name) => {
    const answer = answers.get(name)
    return answer === undefined ? [] : [[name, String(answer)] as const]
  })
  const seconds = answers.get("timeout")
  return {
    blksize: answers.get("blksize") ?? 512,
    windowsize: answers.get("windowsize") ?? 1,
    timeoutMs: seconds === undefined ? undefined : seconds * 1000,
    tsizeAsked: wanted.has("tsize"),
    accepted,
  }
}

/** Too small is malformed; too large is brought down. */
const within = (value: number | undefined, least: number, most: number): number | undefined =>
  value === undefined || value < least ? undefined : Math.min(value, most)
