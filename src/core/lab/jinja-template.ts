import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import type { Environment } from "minijinja-js"
import { messageOf } from "../pipeline/errors.ts"
import { InvalidFile } from "../source/invalid-file.ts"
import { lineIndex } from "../source/line-index.ts"
import { type Problem, quote } from "../source/problem.ts"

/**
 * Renders a Jinja template as LAVA renders its device types: without variables of its own, lines that hold only a block
 * leave nothing behind.
 *
 * Fails with InvalidFile where a template is wrong, or one that it extends or includes is in none of the directories.
 *
 * @param directories where the templates are that it extends, before its own directory
 */
export const renderTemplate = (
  path: string,
  directories: ReadonlyArray<string>,
): Effect.Effect<string, InvalidFile> =>
  Effect.gen(function* () {
    const places = [...directories, dirname(path)]
    const templates = new Map<string, Template>()
    yield* collect({ name: basename(path), path }, places, templates)
    const { Environment } = yield* Effect.promise(() => import("minijinja-js"))
    const environment = jinja(new Environment())
    try {
      for (const { name, text } of templates.values()) {
        yield* Effect.try({
          try: () => environment.addTemplate(name, text),
          catch: (error) => new InvalidFile([problemOf(error, templates, path)]),
        })
      }
      return yield* Effect.try({
        try: () => environment.renderTemplate(basename(path), {}),
        catch: (error) => new InvalidFile([problemOf(error, templates, path)]),
      })
    } finally {
      environment.free()
    }
  })

interface Template {
  /** By which others name it. */
  readonly name: string
  readonly path: string
  readonly text: string
}

const reference = /\{%[-+]?\s*(?:extends|include|import|from)\s+(['"])(.+?)\1(?!\s+ignore missing)/g

/** Reads a template and all that it names. */
const collect = (
  { name, path }: Omit<Template, "text">,
  places: ReadonlyArray<string>,
  found: Map<string, Template>,
): Effect.Effect<void, InvalidFile> =>
  Effect.gen(function* () {
    const text = yield* Effect.tryPromise({
      try: () => readFile(path, "utf8"),
      catch: (error) =>
        new InvalidFile([{ file: path, path: "", message: `cannot be read: ${messageOf(error)}` }]),
    })
    found.set(name, { name, path, text })
    // What a comment names is not needed, but keeps its place.
    const code = text.replace(/\{#.*?#\}/gs, (comment) => comment.replace(/[^\n]/g, " "))
    for (const { 2: other = "", index } of code.matchAll(reference)) {
      if (found.has(other)) continue
      const at = places.map((place) => join(place, other)).find((each) => existsSync(each))
      if (at === undefined) {
        const message = `there is no template ${quote(other)} in ${places.join(", ")}: name its directory by --path`
        return yield* new InvalidFile([
          { file: path, ...lineIndex(text)(index), path: "", message },
        ])
      }
      yield* collect({ name: other, path: at }, places, found)
    }
  })

/** As Python's Jinja is set up by LAVA, and with its filters' keywords. */
const jinja = (environment: Environment): Environment => {
  environment.trimBlocks = true
  environment.undefinedBehavior = "lenient"
  environment.enablePyCompat()
  // In LAVA's templates it is a variable.
  environment.removeGlobal("debug")
  environment.addFilter("indent", indent)
  environment.addFilter("format", format)
  return environment
}

type Keywords = ReadonlyMap<string, unknown>

/** Jinja's filter: it takes `indent(width=4, first=false, blank=false)`, by place or by name. */
const indent = (text: string, ...given: ReadonlyArray<unknown>): string => {
  const last = given.at(-1)
  const named: Keywords = last instanceof Map ? last : new Map<string, unknown>()
  const [width = 4, first = false, blank = false] = ["width", "first", "blank"].map((name, place) =>
    named.size > 0 && place >= given.length - 1 ? named.get(name) : given[place],
  )
  const margin = typeof width === "number" ? " ".repeat(width) : String(width)
  const isMoved = (line: string, index: number) =>
    index === 0 ? first === true : blank === true || line !== ""
  return text
    .split("\n")
    .map((line, index) => (isMoved(line, index) ? margin + line : line))
    .join("\n")
}

/** Jinja's filter: `%s` and `%d` in turn. */
const format = (text: string, ...values: ReadonlyArray<unknown>): string => {
  const left = [...values]
  return text.replace(/%([sd%])/g, (_, kind: string) => (kind === "%" ? "%" : String(left.shift())))
}

/** The renderer ends what it says with the template and the line. */
const problemOf = (
  error: unknown,
  templates: ReadonlyMap<string, Template>,
  path: string,
): Problem => {
  const [message = ""] = messageOf(error).split("\n")
  const [, what = message, name = "", line] = /^(.*) \(in (.+):(\d+)\)$/.exec(message) ?? []
  const file = templates.get(name)?.path ?? path
  return {
    file,
    ...(line !== undefined && { line: Number(line), column: 1 }),
    path: "",
    message: what,
  }
}
