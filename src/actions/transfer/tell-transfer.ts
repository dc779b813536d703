import * as Effect from "effect/Effect"
import type { TransferRecord } from "../../core/net/transfer-record.ts"
import { Events, wentWell } from "../../core/pipeline/events.ts"

/**
 * A function that tells the job's log of each transfer with its device, when it is over: who, what, how much and how
 * it came out.
 *
 * @param name of the file, where the protocol has none (netcat)
 */
export const tellTransfer = (
  name: string = "",
): Effect.Effect<(record: TransferRecord) => void, never, Events> =>
  Effect.map(Events, ({ emit }) => (record) => {
    const file = record.file || name
    const { protocol, direction, peer, bytes, ms, outcome, reason } = record
    const way = direction === "to-device" ? "to" : "from"
    const why = reason === undefined ? "" : ` (${reason})`
    emit({
      type: "log",
      level: wentWell(record) ? "debug" : "warning",
      message: `${protocol} ${file}: ${bytes} bytes ${way} ${peer} in ${ms} ms, ${outcome}${why}`,
      transfer: { ...record, file },
    })
  })
