import * as Effect from "effect/Effect"
import type { LocalArtifact } from "../../core/artifacts/artifact.ts"
import { quoteWord } from "../../core/console/quote.ts"
import type { Blocks, JobDefinition } from "../../core/job/v2/job.ts"
import type { Device } from "../../core/lab/device.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action, sequence } from "../../core/pipeline/action.ts"
import { dataKey, getData } from "../../core/pipeline/job-data.ts"
import { createOverlay } from "../test/create-overlay.ts"
import { hostLogin } from "../transfer/host-login.ts"
import { removeAtEnd } from "../transfer/remove-at-end.ts"
import { sendToHost } from "../transfer/send-to-host.ts"
import { download } from "./download.ts"

const Files = dataKey<ReadonlyArray<LocalArtifact>>("the files for the host")

/**
 * LAVA's deploy method `ssh`: copies files to a host that runs already, which removes them when the job ends. The tests
 * come with the login.
 *
 * Throws ConfigurationError where the lab file tells of no login by ssh.
 */
export const copyToHost = (
  { files }: Extract<Blocks["deploy"], { to: "ssh" }>,
  device: Device,
  job: JobDefinition,
): Action<JobServices> => {
  const login = hostLogin(device)
  const paths = Object.keys(files)
  return sequence("ssh-deploy", `bring what the job needs to ${login.host}`, [
    ...(paths.length > 0 ? [download("files", Object.values(files), Files)] : []),
    ...createOverlay(job),
    ...(paths.length > 0
      ? [
          action({
            name: "scp-deploy",
            description: "copy the files to the host by ssh",
            details: [...paths.map((path) => `write ${path}`), "at the end, remove them"],
            timeoutSeconds: 1800,
            run: Effect.gen(function* () {
              const local = yield* getData(Files)
              yield* removeAtEnd(login, paths)
              for (const [index, path] of paths.entries()) {
                const word = quoteWord(path)
                const write = `mkdir -p "$(dirname ${word})" && cat > ${word}`
                yield* sendToHost(login, local[index]!, write)
              }
            }),
          }),
        ]
      : []),
  ])
}
