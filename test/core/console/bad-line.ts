import * as Effect from "effect/Effect"
import type { Transport } from "../../../src/core/console/transport.ts"

type Opened<E, R> = Effect.Effect<Transport, E, R>

/**
 * A line to a UART that loses what it is given too fast: it holds `fifo` characters, and the device
 * reads `perMs` of them a millisecond; what finds it full is gone.
 */
export const overrunning = <E, R>(
  open: Opened<E, R>,
  { fifo, perMs }: { readonly fifo: number; readonly perMs: number },
): Opened<E, R> =>
  Effect.map(open, (transport) => {
    let held: Array<number> = []
    let since = 0
    const read = () => {
      const count = Math.floor((performance.now() - since) * perMs)
      since += count / perMs
      void transport.write(Uint8Array.from(held.splice(0, count)))
      if (held.length > 0) setTimeout(read, 1)
    }
    return {
      ...transport,
      write: async (bytes) => {
        if (held.length === 0) {
          since = performance.now()
          setTimeout(read, 1)
        }
        held.push(...bytes.subarray(0, fifo - held.length))
      },
    }
  })

/** Numbers from 0 to 1 that look like chance and are the same in every run (Park and Miller's generator). */
const chance = (): (() => number) => {
  let state = 20130201
  return () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
}

/** A line that loses each typed character with some probability. */
export const lossy = <E, R>(open: Opened<E, R>, probability: number): Opened<E, R> =>
  Effect.map(open, (transport) => {
    const random = chance()
    return {
      ...transport,
      write: (bytes) => transport.write(bytes.filter(() => random() >= probability)),
    }
  })

/** What `withKernelMessages` puts in. */
export const kernelMessage = /\[ *\d+\.\d+\] usb 1-1: new high-speed USB device number \d+\n?/g

/** A line on which the kernel writes its messages between any two bytes, one in `every` on average. */
export const withKernelMessages = <E, R>(open: Opened<E, R>, every: number): Opened<E, R> =>
  Effect.map(open, (transport) => {
    const random = chance()
    let number = 0
    const message = () =>
      Buffer.from(
        `[  ${(number / 10).toFixed(6)}] usb 1-1: new high-speed USB device number ${++number}\r\n`,
      )
    return {
      ...transport,
      onData: (take) =>
        transport.onData((bytes) => {
          let start = 0
          for (let place = 0; place < bytes.length; place++) {
            if (random() >= 1 / every) continue
            take(Buffer.concat([bytes.subarray(start, place), message()]))
            start = place
          }
          if (start < bytes.length) take(bytes.subarray(start))
        }),
    }
  })
