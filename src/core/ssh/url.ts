import type { SshLogin } from "./settings.ts"

/** A file or a directory of a host that is reached by ssh. */
export interface SshPlace {
  readonly login: SshLogin
  /** Absolute, or relative to the user's home. */
  readonly path: string
}

/** Whether this begins as a URL of a file by ssh does. */
const isSshUrl = (url: string): boolean => /^(ssh|scp|sftp):\/\//i.test(url)

/**
 * Reads `ssh://user@host:port/path`, also with `scp://` and `sftp://`; `/~/path` is relative to the user's home.
 * Undefined where it is no such URL; one with a password is none, it would be in every log.
 */
export const parseSshUrl = (url: string): SshPlace | undefined => {
  const parsed = isSshUrl(url) ? URL.parse(url) : null
  if (!parsed || parsed.password || parsed.search || parsed.hash) return undefined
  try {
    const host = decodeURIComponent(parsed.hostname).replace(/^\[(.*)\]$/, "$1")
    const path = decodeURIComponent(parsed.pathname).replace(/^\/~\//, "")
    if (host === "" || path === "") return undefined
    const user = parsed.username && { user: decodeURIComponent(parsed.username) }
    return { login: { host, port: Number(parsed.port || 22), ...user }, path }
  } catch {
    return undefined // "%" without two digits behind it
  }
}

/** The place as messages name it: `ssh://user@host:port/path`. */
export const showSshPlace = ({ login: { host, port, user }, path }: SshPlace): string => {
  const address = `${host.includes(":") ? `[${host}]` : host}${port === 22 ? "" : `:${port}`}`
  return `ssh://${user === undefined ? "" : `${user}@`}${address}${path.startsWith("/") ? "" : "/~/"}${path}`
}
