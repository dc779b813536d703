import { resolve } from "node:path"
import { homedir } from "node:os"
import * as z from "zod"

/** The keys of a lab file by which an ssh server is logged in to and known. */
export const sshCredentials = {
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
}

/** What logs in to an ssh server, and how the server is known; see `sshCredentials`. */
export interface SshCredentials {
  readonly identity_file?: string | undefined
  readonly passphrase?: string | undefined
  readonly agent?: string | undefined
  readonly password?: string | undefined
  readonly host_key?: string | undefined
  readonly known_hosts?: string | undefined
}

/** An ssh server, and how to log in there. */
export interface SshLogin extends SshCredentials {
  readonly host: string
  readonly port: number
  /** The user who runs the dispatcher, unless given. */
  readonly user?: string | undefined
}

/** The schema of an object that has `sshCredentials`, which must fit together. */
export const fittingTogether = <T extends z.ZodType<SshCredentials>>(schema: T): T =>
  schema
    .refine((ssh) => ssh.host_key === undefined || ssh.known_hosts === undefined, {
      error: `expected "host_key" or "known_hosts", not both`,
    })
    .refine((ssh) => ssh.passphrase === undefined || ssh.identity_file !== undefined, {
      error: `"passphrase" is that of an "identity_file", which is missing`,
    })

/** A path as people write it: relative to a directory, or to their home with `~/`. */
const absolute = (directory: string, path: string): string =>
  path.startsWith("~/") ? resolve(homedir(), path.slice(2)) : resolve(directory, path)

/** The same settings with absolute paths: they are relative to the lab file's directory. */
export const withAbsolutePaths = <T extends SshCredentials>(settings: T, directory: string): T => {
  const { identity_file, agent, known_hosts } = settings
  return {
    ...settings,
    ...(identity_file !== undefined && { identity_file: absolute(directory, identity_file) }),
    ...(agent !== undefined && { agent: absolute(directory, agent) }),
    ...(known_hosts !== undefined && { known_hosts: absolute(directory, known_hosts) }),
  }
}
