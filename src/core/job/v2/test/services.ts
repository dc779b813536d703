import * as z from "zod"
import { openMapping } from "../../../source/open-mapping.ts"
import { SuiteName } from "../../../testshell/definition.ts"

const text = z.string()

const common = {
  name: SuiteName,
  repository: text.describe("Address of the repository"),
  path: text.describe("The compose file in the repository"),
  service: text.optional().describe("The service to start; all without it"),
}

/** `test` with `services`: containers run on this machine beside the tests. */
export const services = openMapping({
  services: z
    .array(
      z.discriminatedUnion("from", [
        openMapping({
          from: z.literal("git").describe("From a git repository"),
          branch: text.optional().describe("The branch to check out"),
          revision: text.optional().describe("The commit to check out"),
          history: z.boolean().optional().describe("Whether .git is kept"),
          recursive: z.boolean().optional().describe("With submodules"),
          ...common,
        }),
        openMapping({
          from: z.literal("url").describe("From a tar archive"),
          compression: text.optional().describe("How the archive is compressed"),
          headers: z.record(z.string(), z.unknown()).optional().describe("HTTP headers to send"),
          ...common,
        }),
      ]),
    )
    .describe("What to start, by compose files"),
}).meta({
  title: "Services beside the tests",
  description: "Starts containers on this machine that the tests talk to",
})
