import { homedir } from "node:os"
import { resolve } from "node:path"
import * as z from "zod"
import { showCommand } from "../command-line.ts"

const command = z.union(
  [z.string().min(1), z.array(z.string()).nonempty().transform(showCommand)],
  { error: "expected a command: a string, or a list of arguments" },
)

/** How a console is reached by ssh: the host that has it, who logs in there, and what is run. */
export const SshSettings = z
  .strictObject({
    host: z.string().min(1).describe("Name or address of the host that has the console"),
    port: z.int().min(1).max(65535).default(22).describe("TCP port of its ssh server"),
    user: z
      .string()
      .min(1)
      .optional()
      .describe("Who logs in; the user who runs the dispatcher unless given"),
    identity_file: z
      .string()
      .min(1)
      .optional()
      .describe("File with the private key to log in with, relative to the lab file or ~/..."),
    passphrase: z.string().min(1).optional().describe("What the identity_file is encrypted with"),
    agent: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Socket of an ssh-agent that has the key. With neither this nor an identity_file nor a password, $SSH_AUTH_SOCK and the keys in ~/.ssh are tried",
      ),
    password: z.string().min(1).optional().describe("Password to log in with; shown in no log"),
    host_key: z
      .string()
      .regex(
        /^SHA256:[A-Za-z0-9+/]{43}$/,
        "expected a fingerprint as ssh-keygen -l shows it: SHA256: and 43 letters",
      )
      .optional()
      .describe("Fingerprint of the host's key: SHA256:..."),
    known_hosts: z
      .string()
      .min(1)
      .optional()
      .describe("File that has the host's key, instead of ~/.ssh/known_hosts"),
    command: command
      .optional()
      .describe(
        "What the user's shell there runs: console board1, picocom /dev/ttyUSB0; without it, that shell is the console",
      ),
  })
  .refine((ssh) => ssh.host_key === undefined || ssh.known_hosts === undefined, {
    error: `expected "host_key" or "known_hosts", not both`,
  })
  .refine((ssh) => ssh.passphrase === undefined || ssh.identity_file !== undefined, {
    error: `"passphrase" is that of an "identity_file", which is missing`,
  })

/** See the schema of the same name. */
export type SshSettings = z.output<typeof SshSettings>

/** A path as people write it: relative to a directory, or to their home with `~/`. */
const absolute = (directory: string, path: string): string =>
  path.startsWith("~/") ? resolve(homedir(), path.slice(2)) : resolve(directory, path)

/** The same settings with absolute paths: they are relative to the lab file's directory. */
export const withAbsolutePaths = (settings: SshSettings, directory: string): SshSettings => {
  const { identity_file, agent, known_hosts } = settings
  return {
    ...settings,
    ...(identity_file !== undefined && { identity_file: absolute(directory, identity_file) }),
    ...(agent !== undefined && { agent: absolute(directory, agent) }),
    ...(known_hosts !== undefined && { known_hosts: absolute(directory, known_hosts) }),
  }
}
