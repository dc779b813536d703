import type { TransferObserver, TransferRecord } from "./transfer-record.ts"

/** Tells the transfers that a job watches from those that nobody does. */
export interface StrayTransfers {
  /** The same observer, whose transfers are its own. */
  readonly claim: <O extends TransferObserver>(observer: O) => O
  /** To be told of every transfer, after its observer. */
  readonly onTransfer: (record: TransferRecord) => void
}

/** @param tell is told of each transfer that no observer was told of: of a request that no job has an answer for */
export const strayTransfers = (tell: (record: TransferRecord) => void): StrayTransfers => {
  const claimed = new WeakSet<TransferRecord>()
  return {
    claim: (observer) => {
      const { onTransfer } = observer
      if (!onTransfer) return observer
      return {
        ...observer,
        onTransfer: (record) => {
          claimed.add(record)
          onTransfer(record)
        },
      }
    },
    onTransfer: (record) => {
      if (!claimed.has(record)) tell(record)
    },
  }
}
