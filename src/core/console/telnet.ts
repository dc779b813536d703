import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { InfrastructureError } from "../pipeline/errors.ts"
import type { TcpAddress } from "../tcp.ts"
import { openTcp } from "./tcp.ts"
import { TelnetCodec } from "./telnet-codec.ts"
import type { Transport } from "./transport.ts"

/**
 * Opens a console that is served by telnet (RFC 854): ser2net's telnet mode, a terminal server,
 * QEMU's `-serial telnet:`. Its bytes go through as they are; see TelnetCodec.
 */
export const openTelnet = (
  address: TcpAddress,
): Effect.Effect<Transport, InfrastructureError, Scope.Scope> =>
  Effect.map(openTcp(address), (tcp) => {
    const codec = new TelnetCodec()
    // A write that fails here is told by onClose as well.
    const send = (bytes: Uint8Array) => void tcp.write(bytes).catch(() => undefined)
    send(codec.greeting())
    return {
      ...tcp,
      description: tcp.description.replace("TCP", "telnet"),
      write: (bytes) => tcp.write(codec.encode(bytes)),
      onData: (take) =>
        tcp.onData((bytes) => {
          const { data, reply } = codec.decode(bytes)
          if (reply.length > 0) send(reply)
          if (data.length > 0) take(data)
        }),
    } satisfies Transport
  })
