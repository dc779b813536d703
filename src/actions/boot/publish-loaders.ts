import * as Effect from "effect/Effect"
import type { Artifact } from "../../core/artifacts/artifact.ts"
import { Artifacts } from "../../core/artifacts/artifacts.ts"
import { CurrentJob, type JobServices } from "../../core/lab/services.ts"
import { DeviceServers } from "../../core/net/servers.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { tellTransfer } from "../transfer/tell-transfer.ts"

/**
 * Offers boot loader programs to the device's firmware until the job ends; nothing where there are none.
 *
 * @param loaders by the names that the firmware asks the TFTP server for: "pxelinux.0", "ldlinux.c32"
 */
export const publishLoaders = (
  loaders: Readonly<Record<string, Artifact>>,
): ReadonlyArray<Action<JobServices>> => {
  const entries = Object.entries(loaders)
  if (entries.length === 0) return []
  return [
    action({
      name: "publish-boot-loader",
      description: "offer the boot loader to the device's firmware",
      details: entries.map(([name, { url }]) => `publish ${url} as ${name}`),
      timeoutSeconds: 60,
      run: Effect.gen(function* () {
        const { device } = yield* CurrentJob
        const { fetch } = yield* Artifacts
        const servers = yield* DeviceServers
        const files: Record<string, { readonly path: string }> = {}
        for (const [name, loader] of entries) files[name] = { path: (yield* fetch(loader)).path }
        yield* servers.publish({
          ...(device.address !== undefined && { address: device.address }),
          loaders: files,
          onTransfer: yield* tellTransfer(),
        })
      }),
    }),
  ]
}
