import * as z from "zod"
import { fittingTogether, sshCredentials } from "../../ssh/settings.ts"
import { showCommand } from "../command-line.ts"

const command = z.union(
  [z.string().min(1), z.array(z.string()).nonempty().transform(showCommand)],
  { error: "expected a command: a string, or a list of arguments" },
)

/** How a console is reached by ssh: the host that has it, who logs in there, and what is run. */
export const SshSettings = fittingTogether(
  z.strictObject({
    host: z.string().min(1).describe("Name or address of the host that has the console"),
    port: z.int().min(1).max(65535).default(22).describe("TCP port of its ssh server"),
    user: z
      .string()
      .min(1)
      .optional()
      .describe("Who logs in; the user who runs the dispatcher unless given"),
    ...sshCredentials,
    command: command
      .optional()
      .describe(
        "What the user's shell there runs: console board1, picocom /dev/ttyUSB0; without it, that shell is the console",
      ),
  }),
)

/** See the schema of the same name. */
export type SshSettings = z.output<typeof SshSettings>
