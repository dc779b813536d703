import { join } from "node:path"
import * as z from "zod"
import { locate, type Source } from "../artifacts/source.ts"
import { fittingTogether, sshCredentials, withAbsolutePaths } from "../ssh/settings.ts"

/** Whether an upload goes here: what comes with a tree of tests, or what somebody has built. */
const kinds = ["builtin", "custom"] as const

/** See the list of the same words. */
export type RepositoryKind = (typeof kinds)[number]

/** Where packages are: a directory, also of another host, or below a URL. */
export type PackagePlace = Source

/** Where packages can be put. */
export type UploadPlace = Exclude<PackagePlace, { readonly type: "http" }>

/** A place that `package://` is looked for in. */
export interface Repository {
  readonly name: string
  readonly kind: RepositoryKind
  /** Where jobs get packages. */
  readonly fetch: PackagePlace
  /** Where packages are put; undefined where nothing can be uploaded. */
  readonly upload: UploadPlace | undefined
}

const isPlace = (text: string, ...types: ReadonlyArray<Source["type"]>): boolean => {
  try {
    return types.includes(locate(text, "/").type)
  } catch {
    return false
  }
}

const fetchPlace = z
  .string()
  .min(1)
  .refine((text) => isPlace(text, "file", "http", "ssh"), {
    error: "expected a directory, or a URL that begins with http://, https:// or ssh://user@host/",
  })

const uploadPlace = z
  .string()
  .min(1)
  .refine((text) => isPlace(text, "file", "ssh"), {
    error: "expected a directory or ssh://user@host/path: nothing is uploaded by http",
  })

const RepositoryObject = z.strictObject({
  name: z
    .string()
    .min(1)
    .optional()
    .describe("what --repository and messages call it; what `fetch` says unless given"),
  kind: z
    .enum(kinds)
    .default("builtin")
    .describe("builtin: packages of a tree; custom: what somebody has built, for `--custom`"),
  fetch: fetchPlace.describe("where jobs get packages: a directory, http(s) or ssh URL"),
  upload: uploadPlace
    .optional()
    .describe(
      "where `dispatch packages upload` puts them: a directory or ssh URL that `fetch` serves; as `fetch` unless given",
    ),
  ssh: fittingTogether(z.strictObject(sshCredentials))
    .optional()
    .describe("how to log in where `fetch` or `upload` is an ssh URL"),
})

/** A repository as the lab file has it. */
export type RepositoryEntry = string | z.output<typeof RepositoryObject>

/** The lab file's repositories, in the order in which they are asked. */
export const RepositoryEntries = z
  .array(z.union([fetchPlace, RepositoryObject]))
  .default([])
  .superRefine((entries, context) => {
    const names = entries.map(nameOf)
    for (const [index, entry] of entries.entries()) {
      if (names.indexOf(nameOf(entry)) === index) continue
      const path = typeof entry === "string" || entry.name === undefined ? [index] : [index, "name"]
      const message = `expected a name that no other repository has, found ${JSON.stringify(nameOf(entry))} again`
      context.addIssue({ code: "custom", path, message })
    }
  })

const nameOf = (entry: RepositoryEntry): string =>
  typeof entry === "string" ? entry : (entry.name ?? entry.fetch)

/** The repositories that a lab file in `directory` names. */
export const repositoriesIn = (
  directory: string,
  entries: ReadonlyArray<RepositoryEntry>,
): ReadonlyArray<Repository> =>
  entries.map((entry) => {
    const whole = typeof entry === "string" ? { fetch: entry, kind: kinds[0] } : entry
    const credentials = withAbsolutePaths(whole.ssh ?? {}, directory)
    const place = (text: string): PackagePlace => {
      const found = locate(text, directory)
      return found.type === "ssh" ? { ...found, login: { ...credentials, ...found.login } } : found
    }
    const upload = place(whole.upload ?? whole.fetch)
    return {
      name: nameOf(entry),
      kind: whole.kind,
      fetch: place(whole.fetch),
      upload: upload.type === "http" ? undefined : upload,
    }
  })

/** A package's place in a repository's: the names in its path are taken as they are. */
export const within = (place: PackagePlace, name: string): PackagePlace => {
  if (place.type !== "http") return { ...place, path: join(place.path, name) }
  const path = name.split("/").map(encodeURIComponent).join("/")
  const url = new URL(place.url)
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${path}`
  return { type: "http", url: url.href }
}
