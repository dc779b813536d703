import type { FileTransfer } from "../pipeline/events.ts"

/** How a transfer to or from a device ended. */
export type TransferOutcome =
  /** Every byte was delivered, as far as the protocol can tell. */
  | "complete"
  /** The device only asked for the size or the options (PXE firmware does) and went away. */
  | "probed"
  /** Nothing was sent: the name is not published for this device, or the request makes no sense. */
  | "refused"
  /** The device ended the transfer itself. */
  | "aborted"
  /** The device stopped answering. */
  | "vanished"
  /** The job that published the file ended. */
  | "withdrawn"
  /** The server was closed. */
  | "closed"
  /** The dispatcher could not go on: a disk or network error, named in `reason`. */
  | "failed"

/**
 * What is recorded of one transfer, when it ends; refused requests too. `file` is the name as the device asked for it,
 * empty for netcat, which has none; `bytes` those that the device has acknowledged (TFTP), or that were handed to TCP.
 */
export interface TransferRecord extends FileTransfer {
  readonly protocol: "tftp" | "http" | "netcat"
  readonly outcome: TransferOutcome
}

/** How far a transfer is; `total` is missing where nobody said how much will come. */
export interface TransferProgress {
  readonly file: string
  readonly peer: string
  readonly bytes: number
  readonly total?: number
}

/** Who wants to know of transfers. Called from the hot path's edge: must return quickly, never throw. */
export interface TransferObserver {
  readonly onTransfer?: (record: TransferRecord) => void
  readonly onProgress?: (progress: TransferProgress) => void
}

/** A text from a device, fit for a line of a log: control characters replaced, and not without end. */
export const printable = (text: string): string => {
  const clean = text.replace(/[\x00-\x1f\x7f-\x9f]/g, "\u{fffd}")
  return clean.length > 200 ? `${clean.slice(0, 200)}...` : clean
}
