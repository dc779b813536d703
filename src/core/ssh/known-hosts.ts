import { createHmac } from "node:crypto"
import { escapeRegex } from "../escape-regex.ts"

/** A line of a known_hosts file that is about the host in question. */
export interface KnownKey {
  /** "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa" ... */
  readonly type: string
  /** The key as ssh sends it, in base64. */
  readonly key: string
  /** The key is known to be somebody else's by now: "@revoked". */
  readonly revoked: boolean
  /** Where it stands, as "/home/lab/.ssh/known_hosts:3". */
  readonly place: string
}

/** A host's name in a known_hosts file: with its port where that is not 22. */
export const knownName = (host: string, port: number): string =>
  port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`

/**
 * The keys that a known_hosts file has for a host (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): names, patterns with
 * `*`, `?` and `!`, and hashed names. Lines of certificate authorities are passed over.
 *
 * @param name as `knownName` writes it
 * @param file its path, to tell where a key stands
 */
export const knownKeys = (text: string, name: string, file: string): ReadonlyArray<KnownKey> =>
  text.split("\n").flatMap((line, index) => {
    const words = line.trim().split(/\s+/)
    const marker = words[0]?.startsWith("@") ? words.shift() : undefined
    const [names, type, key] = words
    if (names === undefined || names.startsWith("#") || type === undefined || key === undefined)
      return []
    if (marker !== undefined && marker !== "@revoked") return []
    if (!isAbout(names, name)) return []
    return { type, key, revoked: marker !== undefined, place: `${file}:${index + 1}` }
  })

const isAbout = (names: string, name: string): boolean => {
  if (names.startsWith("|")) return isHashOf(names, name)
  const patterns = names.toLowerCase().split(",")
  const matching = patterns.filter((pattern) => glob(pattern.replace(/^!/, "")).test(name))
  return matching.length > 0 && !matching.some((pattern) => pattern.startsWith("!"))
}

/** "|1|salt|hash": HMAC-SHA1 of the name. */
const isHashOf = (hashed: string, name: string): boolean => {
  const [, version, salt = "", hash] = hashed.split("|")
  if (version !== "1") return false
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash
}

const glob = (pattern: string): RegExp => {
  const source = escapeRegex(pattern).replaceAll("\\*", ".*").replaceAll("\\?", ".")
  return new RegExp(`^${source}$`)
}
