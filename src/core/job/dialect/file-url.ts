import type { Draft, Path } from "./draft.ts"

/** How a file is compressed, by the end of its name. */
const compressions: Readonly<Record<string, string>> = {
  gz: "gz",
  tgz: "gz",
  bz2: "bz2",
  tbz2: "bz2",
  xz: "xz",
  txz: "xz",
  zst: "zstd",
  zip: "zip",
}

/** The last part of a URL's path: "rootfs.tar.gz". */
export const fileNameOf = (url: string): string => url.replace(/[?#].*$/, "").replace(/^.*\//, "")

/** A file of a job in LAVA's second format, by its URL. Old jobs say how it is compressed by its name alone. */
export const fileAt = <More extends object = object>(
  draft: Draft,
  path: Path,
  url: string,
  more?: More,
): { readonly url: string; readonly compression?: string } & More => {
  const compression =
    compressions[/\.([a-z0-9]+)$/i.exec(fileNameOf(url))?.[1]?.toLowerCase() ?? ""]
  return draft.from(path, {
    url,
    ...(compression !== undefined && { compression }),
    ...(more as More),
  })
}
