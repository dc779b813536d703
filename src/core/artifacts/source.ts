import { basename, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { ConfigurationError } from "../pipeline/errors.ts"
import { parseSshUrl, showSshPlace, type SshPlace } from "../ssh/url.ts"
import type { Compression } from "./decompress.ts"

/** Where an artifact comes from. */
export type Source =
  | { readonly type: "file"; readonly path: string }
  | { readonly type: "http"; readonly url: string }
  | SshSource

/** A file of a host that is reached by ssh. */
export interface SshSource extends SshPlace {
  readonly type: "ssh"
}

/**
 * Reads the `url` of an artifact: a URL, or a path relative to `directory`.
 * Throws a ConfigurationError where it is neither.
 */
export const locate = (url: string, directory: string): Source => {
  if (!/^(file:\/|[a-z][a-z0-9+.-]*:\/\/)/i.test(url))
    return { type: "file", path: resolve(directory, url) }
  const parsed = URL.parse(url)
  if (parsed?.protocol === "http:" || parsed?.protocol === "https:")
    return { type: "http", url: parsed.href }
  const place = parseSshUrl(url)
  if (place) return { type: "ssh", ...place }
  try {
    if (parsed?.protocol === "file:") return { type: "file", path: fileURLToPath(parsed) }
  } catch {
    // file://host/path: said below
  }
  throw new ConfigurationError({
    message: `${shown({ type: "http", url })} cannot be fetched: expected http://, https://, ssh://user@host/ and a path, file:/// and an absolute path, or a path relative to the job file`,
  })
}

/** The source as messages name it: without password and query, which may be secret. */
export const shown = (source: Source): string => {
  if (source.type === "file") return source.path
  if (source.type === "ssh") return showSshPlace(source)
  const url = URL.parse(source.url)
  if (!url) return source.url.replace(/[?#].*/s, "?…").replace(/\/\/[^/]*@/, "//…@")
  return `${url.protocol}//${url.host}${url.pathname}${url.search && "?…"}`
}

const suffixes: Record<Compression, RegExp> = {
  gz: /\.gz$/i,
  xz: /\.xz$/i,
  zstd: /\.zstd?$/i,
  bz2: /\.bz2$/i,
}

/** The name of the file at the source, safe as a file name, without the compression's suffix. */
export const fileName = (source: Source, compression: Compression | undefined): string => {
  const name =
    source.type === "http"
      ? decoded(new URL(source.url).pathname.replace(/.*\//s, ""))
      : basename(source.path)
  const plain = compression ? name.replace(suffixes[compression], "") : name
  const safe = plain.replace(/[/\0]/g, "_").slice(-200)
  return /^\.{0,2}$/.test(safe) ? "artifact" : safe
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
