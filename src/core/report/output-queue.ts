/** Text on its way to a reader who may be slow or pause: it waits here and holds nobody up. */
export interface OutputQueue {
  /** Adds text. Never waits, never throws. */
  readonly write: (text: string) => void
  /** How much text the reader has not taken yet, in characters. */
  readonly unread: () => number
  /** Waits until the reader has taken all, has gone away, or has taken nothing for ten minutes. */
  readonly flush: () => Promise<void>
}

/** A stream that text is written to; `_handle` is Node's, of a terminal or a pipe. */
type Sink = NodeJS.WritableStream & {
  readonly isTTY?: boolean
  readonly _handle?: { readonly setBlocking?: (blocking: boolean) => unknown }
}

/** Text is given to the stream in pieces of about this many characters, so that it is seen how far it came. */
const pieceSize = 64 * 1024
/** Who pages through a log may read for a while; who never comes back must not keep the process for ever. */
const patienceMilliseconds = 10 * 60_000

/** Makes the queue in front of a stream. An error of the stream means that its reader went away. */
export const outputQueue = (stream: Sink, patience: number = patienceMilliseconds): OutputQueue => {
  let queue: Array<string> = []
  let queued = 0
  let inFlight = 0
  let gone = false
  let onTaken = () => {}

  // Node writes to a terminal synchronously, with no public way to say otherwise: Ctrl-S would stop the process.
  if (stream.isTTY) stream._handle?.setBlocking?.(false)
  if (!stream.listeners("error").includes(ignore)) stream.on("error", ignore)

  const takePiece = (): string => {
    let count = 0
    let length = 0
    while (count < queue.length && length < pieceSize) length += queue[count++]?.length ?? 0
    queued -= length
    return queue.splice(0, count).join("")
  }
  const giveNext = () => {
    const piece = takePiece()
    inFlight = piece.length
    stream.write(piece, (error) => {
      inFlight = 0
      if (error) {
        gone = true
        queue = []
        queued = 0
      } else if (queued > 0) giveNext()
      onTaken()
    })
  }
  const unread = () => queued + inFlight

  return {
    write: (text) => {
      if (gone || text === "") return
      queue.push(text)
      queued += text.length
      if (inFlight === 0) giveNext()
    },
    unread,
    flush: async () => {
      while (unread() > 0) {
        const taken = await new Promise<boolean>((resolve) => {
          const timer = setTimeout(() => resolve(false), patience)
          onTaken = () => {
            clearTimeout(timer)
            resolve(true)
          }
        })
        if (!taken) return
      }
    },
  }
}

const ignore = () => {}
