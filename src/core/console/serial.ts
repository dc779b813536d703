import { readSync, writeSync } from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { SerialPort } from "serialport"
import { InfrastructureError } from "../pipeline/errors.ts"
import { CloseNotice } from "./close-notice.ts"
import type { Transport } from "./transport.ts"

/** A serial port of this machine: 8 data bits, no parity, no flow control. */
export interface SerialLine {
  /** Device file: a UART, a USB adapter, or a PTY (QEMU's `-serial pty`). */
  readonly path: string
  /** Bits a second. */
  readonly baud: number
}

const openSeconds = 10

/** Opens a serial port, for us alone; closing it leaves the modem lines as they are. */
export const openSerial = (
  line: SerialLine,
): Effect.Effect<Transport, InfrastructureError, Scope.Scope> =>
  Effect.acquireRelease(openPort(line), (port) => Effect.promise(() => closePort(port)), {
    interruptible: true,
  }).pipe(
    Effect.timeoutOrElse({
      duration: `${openSeconds} seconds`,
      orElse: () =>
        Effect.fail(cannotOpen(line, `it did not open within ${openSeconds} s; check the adapter`)),
    }),
    Effect.map((port) => portTransport(port, `serial port ${line.path}`)),
  )

const openPort = (line: SerialLine): Effect.Effect<SerialPort, InfrastructureError> =>
  Effect.promise(() => import("serialport")).pipe(
    Effect.flatMap(({ SerialPort }) =>
      Effect.callback<SerialPort, InfrastructureError>((resume) => {
        let wanted = true
        const port: SerialPort = new SerialPort(
          // A console that is closed must not hang up: on many boards DTR is wired to the reset line.
          { path: line.path, baudRate: line.baud, hupcl: false },
          (error) => {
            if (error) resume(Effect.fail(cannotOpen(line, advice(error), error)))
            else if (wanted) {
              readUntilHungUp(port)
              resume(Effect.succeed(port))
            } else void closePort(port)
          },
        )
        port.on("error", () => undefined) // told by the callback, and later by the transport
        return Effect.sync(() => {
          wanted = false
        })
      }),
    ),
  )

/**
 * Reads a port as its binding does, but takes an end of file for what it is: the line is hung up, its
 * adapter unplugged. The binding (13.0.1) then tries again for ever and fills the memory:
 * https://github.com/serialport/bindings-cpp/issues/162. To read at once what the poller announced
 * also saves a turn through the thread pool.
 */
const readUntilHungUp = (port: SerialPort): void => {
  const binding = port.port as unknown as PosixBinding
  binding.read = async (buffer, offset, length) => {
    for (;;) {
      await new Promise<void>((resolve, reject) => {
        binding.poller.once("readable", (error) => (error ? reject(error) : resolve()))
      })
      if (binding.fd === null) throw Object.assign(new Error("closed"), { canceled: true })
      const bytesRead = readWaiting(binding.fd, buffer, offset, length)
      if (bytesRead === 0) throw new Error("hung up")
      if (bytesRead !== undefined) return { buffer, bytesRead }
    }
  }
}

interface PosixBinding {
  readonly fd: number | null
  readonly poller: {
    readonly once: (event: "readable", listener: (error: Error | null) => void) => void
  }
  read: (
    buffer: Buffer,
    offset: number,
    length: number,
  ) => Promise<{ readonly buffer: Buffer; readonly bytesRead: number }>
}

/** Writes what the port takes without waiting: typed lines go out without a turn through the thread pool. */
const writeAtOnce = (port: SerialPort, bytes: Uint8Array): number => {
  const { fd } = port.port as unknown as PosixBinding
  try {
    return fd === null ? 0 : writeSync(fd, bytes)
  } catch {
    return 0 // The port's own write waits, or tells the error.
  }
}

/** What there is to read of a descriptor that does not block; undefined when there is nothing. */
const readWaiting = (
  fd: number,
  buffer: Buffer,
  offset: number,
  length: number,
): number | undefined => {
  try {
    return readSync(fd, buffer, offset, length, null)
  } catch (error) {
    if (["EAGAIN", "EINTR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined
    throw error
  }
}

const portTransport = (port: SerialPort, description: string): Transport => {
  const notice = new CloseNotice()
  port.on("error", (error) => notice.lost(`the serial port failed (${error.message})`))
  port.on("close", (error: Error | null) =>
    notice.lost(`the serial port is gone (${error?.message ?? "closed"}); check the adapter`),
  )
  return {
    description,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        // A port that is closed would keep the bytes until it is open again.
        if (!port.isOpen) return reject(new Error("the serial port is closed"))
        const written = port.writableLength === 0 ? writeAtOnce(port, bytes) : 0
        if (written === bytes.length) return resolve()
        port.write(bytes.subarray(written), (error) => (error ? reject(error) : resolve()))
      }),
    onData: (take) => void port.on("data", take),
    onClose: notice.listen,
    close: () => {
      notice.ended()
      return closePort(port)
    },
  }
}

const closePort = (port: SerialPort): Promise<void> =>
  new Promise((resolve) => {
    if (!port.isOpen) return resolve()
    port.close(() => resolve())
  })

const cannotOpen = ({ path }: SerialLine, why: string, cause?: Error): InfrastructureError =>
  new InfrastructureError({ message: `the serial port ${path} cannot be opened: ${why}`, cause })

// The binding tells errors by their text only.
const advice = ({ message }: Error): string => {
  if (/no such file/i.test(message))
    return "there is no such device; check that the adapter is plugged in, or that the emulator runs"
  if (/permission denied/i.test(message))
    return "permission is denied; add the user who runs the dispatcher to the group dialout"
  if (/cannot lock|busy|temporarily unavailable/i.test(message))
    return "another program has it open; find it by `fuser -v` and close it"
  if (/inappropriate ioctl/i.test(message)) return "it is not a serial device; check the path"
  return message
}
