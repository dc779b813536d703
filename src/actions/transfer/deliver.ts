import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { DeviceServers } from "../../core/net/servers.ts"
import type { ConfigurationError, InfrastructureError } from "../../core/pipeline/errors.ts"
import type { Events } from "../../core/pipeline/events.ts"
import { progressOf } from "../../core/pipeline/progress.ts"
import { quoteWord } from "../../core/console/quote.ts"
import { tellTransfer } from "./tell-transfer.ts"

/** How files go between the dispatcher and the device. */
export type TransferMethod = "http" | "netcat"

/** A file on this machine that a device is to get. */
export interface FileToDeliver {
  readonly path: string
  readonly name: string
  readonly size: number
  readonly sha256: string
}

/**
 * Offers a file to the device for as long as the Scope is open, and answers the shell command that writes
 * it to its output there. It needs busybox's wget or any netcat, nothing more.
 */
export const deliver = (
  file: FileToDeliver,
  method: TransferMethod,
): Effect.Effect<
  string,
  InfrastructureError | ConfigurationError,
  DeviceServers | Events | Scope.Scope
> =>
  Effect.gen(function* () {
    const servers = yield* DeviceServers
    const report = yield* progressOf(file.name)
    const observer = {
      onProgress: ({ bytes }: { readonly bytes: number }) => report(bytes, file.size),
      onTransfer: yield* tellTransfer(file.name),
    }
    if (method === "http") {
      const { url } = yield* servers.offerHttp(
        { path: file.path, sha256: file.sha256 },
        { name: file.name, ...observer },
      )
      return `wget -q -O - ${quoteWord(url)}`
    }
    const { address, port } = yield* servers.offerNetcat({ path: file.path }, observer)
    return `nc ${address} ${port} < /dev/null`
  })
