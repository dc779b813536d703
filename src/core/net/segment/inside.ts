/**
 * The program that holds a network namespace open: a namespace lasts as long as a process is in it. It makes sockets
 * there and hands them over, since a socket belongs to the namespace where it was made, whoever uses it. It ends with
 * the dispatcher, however that ends.
 */
import { createServer } from "node:net"
import { hostNetwork, type LocalAddress } from "../network.ts"

/** A socket that the dispatcher wants. */
export interface WantedSocket extends LocalAddress {
  readonly id: number
  readonly kind: "tcp" | "udp"
}

/** What comes with the socket of that number, or in place of it. The number 0 says that the program is ready. */
export interface MadeSocket {
  readonly id: number
  readonly error?: { readonly message: string; readonly code: string | undefined }
}

const answer = async (wanted: WantedSocket): Promise<void> => {
  const { id } = wanted
  try {
    if (wanted.kind === "udp") {
      const socket = await hostNetwork.bind(wanted)
      process.send!({ id } satisfies MadeSocket, socket, {}, () => socket.close())
      return
    }
    const server = createServer()
    await hostNetwork.listen(server, wanted)
    process.send!({ id } satisfies MadeSocket, server, {}, () => server.close())
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException
    process.send!({ id, error: { message, code } } satisfies MadeSocket)
  }
}

process.on("disconnect", () => process.exit())
process.on("message", (wanted: WantedSocket) => void answer(wanted))
process.send!({ id: 0 } satisfies MadeSocket)
