import * as Effect from "effect/Effect"
import type { Artifact, LocalArtifact } from "../../core/artifacts/artifact.ts"
import { Artifacts } from "../../core/artifacts/artifacts.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { log } from "../../core/pipeline/events.ts"
import { type DataKey, setData } from "../../core/pipeline/job-data.ts"
import { progressOf } from "../../core/pipeline/progress.ts"

/**
 * Gets files onto this machine before the device is touched: a wrong URL or checksum costs no boot.
 *
 * @param what names the files in the plan: "root file system"
 */
export const download = (
  what: string,
  artifacts: ReadonlyArray<Artifact>,
  into: DataKey<ReadonlyArray<LocalArtifact>>,
): Action<JobServices> =>
  action({
    name: `download-${what.replaceAll(" ", "-")}`,
    description: `fetch and verify the ${what}`,
    details: artifacts.map(({ url }) => `fetch ${url}`),
    timeoutSeconds: 3600,
    run: Effect.gen(function* () {
      const local: Array<LocalArtifact> = []
      for (const artifact of artifacts) {
        const found = yield* fetchWithProgress(artifact)
        yield* log("info", `${artifact.url}: ${found.size} bytes, sha256 ${found.sha256}`)
        local.push(found)
      }
      yield* setData(into, local)
    }),
  })

const fetchWithProgress = (artifact: Artifact) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { fetch } = yield* Artifacts
      const report = yield* progressOf(artifact.url)
      return yield* fetch(artifact, {
        onProgress: ({ received, total }) => report(received, total),
      })
    }),
  )
