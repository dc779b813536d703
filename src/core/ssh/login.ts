import { readFile } from "node:fs/promises"
import { homedir } from "node:os"
import { join } from "node:path"
import type { AnyAuthMethod, AuthHandlerMiddleware, utils } from "ssh2"
import type { SshLogin } from "./settings.ts"

/** One way to log in. */
interface Way {
  /** As it reads in "tried ...": "the key ~/.ssh/id_ed25519". */
  readonly what: string
  readonly method: AnyAuthMethod
}

/** A login, to be given to ssh2, and what it came to. */
export interface Login {
  readonly authHandler: AuthHandlerMiddleware
  /** What was tried, and what the server would have taken, for the message that it was refused. */
  readonly refusal: () => string
}

/**
 * Prepares the login that the settings describe. Without any, what a user of ssh has is tried: the agent, and the
 * keys in ~/.ssh that are not encrypted. Rejects, with the end of a sentence, when the key of the settings cannot be
 * used, and when there is nothing to log in with.
 */
export const prepareLogin = async (
  settings: SshLogin,
  username: string,
  parseKey: typeof utils.parseKey,
): Promise<Login> => {
  const ways = await waysOf(settings, username, parseKey)
  if (ways.length === 0) {
    throw new Error(
      `there is nothing to log in with: give it an "identity_file", a "password" or an "agent" in the lab file, or start an ssh-agent`,
    )
  }
  const tried: Array<string> = []
  let takes: ReadonlyArray<string> = []
  return {
    // `left` is null at first: to ask for nothing tells what the server takes.
    authHandler: (left: ReadonlyArray<string> | null) => {
      if (left === null) return { type: "none", username }
      takes = left
      for (let way = ways.shift(); way; way = ways.shift()) {
        const { type } = way.method
        if (!left.includes(type === "agent" ? "publickey" : type)) continue
        tried.push(way.what)
        return way.method
      }
      return false
    },
    refusal: () =>
      `the login of the user ${username} is refused: ${tried.length > 0 ? `tried ${[...new Set(tried)].join(" and ")}, ` : ""}the server takes ${takes.join(", ") || "nothing"}; check the user and its keys there`,
  }
}

const waysOf = async (
  settings: SshLogin,
  username: string,
  parseKey: typeof utils.parseKey,
): Promise<Array<Way>> => {
  const { identity_file: file, passphrase, agent, password } = settings
  const ways: Array<Way> = []
  if (file !== undefined) ways.push(await keyWay(file, passphrase, username, parseKey))
  if (agent !== undefined) ways.push(agentWay(agent, username))
  if (password !== undefined) {
    const what = "the password"
    ways.push({ what, method: { type: "password", username, password } })
    // Servers that log in by PAM may ask for it as a question.
    ways.push({
      what,
      method: {
        type: "keyboard-interactive",
        username,
        prompt: (_name, _instructions, _language, prompts, answer) =>
          answer(prompts.map(() => password)),
      },
    })
  }
  return ways.length > 0 ? ways : usualWays(username, parseKey)
}

/** Files that ssh looks for, too. */
const usualKeys = ["id_ed25519", "id_ecdsa", "id_rsa"]

const usualWays = async (
  username: string,
  parseKey: typeof utils.parseKey,
): Promise<Array<Way>> => {
  const agent = process.env["SSH_AUTH_SOCK"]
  const files = usualKeys.map((name) => join(homedir(), ".ssh", name))
  const keys = await Promise.allSettled(
    files.map((file) => keyWay(file, undefined, username, parseKey)),
  )
  return [
    ...(agent ? [agentWay(agent, username)] : []),
    ...keys.flatMap((key) => (key.status === "fulfilled" ? key.value : [])),
  ]
}

const agentWay = (agent: string, username: string): Way => ({
  what: `the agent ${agent}`,
  method: { type: "agent", username, agent },
})

const keyWay = async (
  file: string,
  passphrase: string | undefined,
  username: string,
  parseKey: typeof utils.parseKey,
): Promise<Way> => {
  const text = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`the identity_file ${file} cannot be read (${error.code})`, { cause: error })
  })
  // A file of several keys gives a list, whatever the types say.
  const [key = new Error("it is empty")] = [parseKey(text, passphrase)].flat()
  if (key instanceof Error) throw new Error(`the identity_file ${file} ${keyAdvice(key)}`)
  if (!key.isPrivateKey()) {
    throw new Error(`the identity_file ${file} is a public key; give the private one beside it`)
  }
  return { what: `the key ${file}`, method: { type: "publickey", username, key } }
}

const keyAdvice = ({ message }: Error): string => {
  if (/no passphrase given/i.test(message))
    return `is encrypted: give its "passphrase", or the "agent" that has it`
  if (/bad passphrase|decrypt|integrity/i.test(message))
    return "cannot be decrypted; check its passphrase"
  return `cannot be used: ${message}`
}
