import * as z from "zod"
import type { Draft, Path } from "../dialect/draft.ts"
import { fileNameOf } from "../dialect/file-url.ts"
import { type Command, command, seconds, type Step, text, times } from "./command.ts"
import { lostIn } from "./deploy-parameters.ts"

const repository = z.strictObject({
  "git-repo": text.optional(),
  "bzr-repo": text.optional(),
  "tar-repo": text.optional(),
  url: text.optional(),
  revision: z.union([text, z.number().transform(String)]).optional(),
  testdef: text.optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
})

const parameters = {
  testdef_repos: z.array(repository).optional(),
  testdef_urls: z.array(text).optional(),
  timeout: seconds.optional(),
  skip_install: z.string().optional(),
  lava_test_dir: text.optional(),
  lava_test_results_dir: text.optional(),
  repeat: times.optional(),
  repeat_count: z.int().optional(),
}

/** `lava_test_shell`: boots the system, unless a command before did, and runs test definitions in its shell. */
export const testShell: Command = command(parameters, (given, step) => {
  const { translator, path, at } = step
  const { draft } = translator
  lostIn(step, given, {
    lava_test_dir: "is not kept: the tests have a directory of their own",
    lava_test_results_dir: "is not kept: `context.lava_test_results_dir` of the job says where",
  })
  const skip = skipped(given.skip_install, step)
  const definitions = [
    ...(given.testdef_repos ?? []).map((each, index) =>
      fromRepository(each, [...at("testdef_repos"), index], step),
    ),
    ...(given.testdef_urls ?? []).map((url, index) =>
      fromUrl(draft, [...at("testdef_urls"), index], url, translator.suiteName),
    ),
  ].flatMap((each) => (each ? [skip ? Object.assign(each, { skip_install: skip }) : each] : []))
  if (!given.testdef_repos?.length && !given.testdef_urls?.length) {
    return draft.wrong(path, "names no tests: give testdef_repos or testdef_urls")
  }
  translator.ensureBooted(step, true)
  if (given.repeat !== undefined && given.repeat > 1) {
    draft.changed(at("repeat"), "runs one after the other, without a boot between")
  }
  translator.test(
    step,
    {
      definitions: draft.from(path, definitions),
      ...(given.repeat !== undefined && { repeat: given.repeat }),
    },
    limitOf(given.timeout, step),
  )
})

/** The limit that a command sets itself. */
export const limitOf = (limit: number | undefined, { at }: Step) =>
  limit === undefined ? undefined : { seconds: limit, path: at("timeout") }

type Repository = z.output<typeof repository>

const fromRepository = (given: Repository, path: Path, step: Step): object | undefined => {
  const { draft, suiteName } = step.translator
  const { "git-repo": git, "tar-repo": tar, "bzr-repo": bzr, url, revision, parameters } = given
  // LAVA took this file where nothing was said.
  const file = given.testdef ?? "lavatest.yaml"
  if (file.startsWith("/") || file.split("/").includes("..")) {
    draft.wrong([...path, "testdef"], "must be a path inside the repository")
    return undefined
  }
  const more = parametersOf(parameters, [...path, "parameters"], draft)
  if (git !== undefined) {
    return draft.from(path, {
      from: "git",
      repository: git,
      path: file,
      name: suiteName(nameOf(file)),
      ...(revision !== undefined && { revision }),
      ...more,
    })
  }
  if (tar !== undefined) {
    const compression = /\.(gz|xz|bz2)$/.exec(fileNameOf(tar))?.[1]
    return draft.from(path, {
      from: "url",
      repository: tar,
      path: file,
      name: suiteName(nameOf(file)),
      ...(compression !== undefined && { compression }),
      ...more,
    })
  }
  if (url !== undefined) return Object.assign(fromUrl(draft, path, url, suiteName), more)
  if (bzr === undefined) draft.wrong(path, "names no repository: give git-repo, tar-repo or url")
  else {
    const message = "cannot be translated: Bazaar is no more; put the tests in a git repository"
    draft.wrong([...path, "bzr-repo"], message)
  }
  return undefined
}

/** A test definition that is a file of its own. */
const fromUrl = (
  draft: Draft,
  path: Path,
  url: string,
  suiteName: (wanted: string) => string,
): object => {
  const file = fileNameOf(url) || "lavatest.yaml"
  return draft.from(path, {
    from: "url",
    repository: url,
    path: file,
    name: suiteName(nameOf(file)),
  })
}

const nameOf = (file: string): string => fileNameOf(file).replace(/\.ya?ml$/, "")

/** Values of a definition's parameters: texts, numbers and truths, by names that a shell takes. */
const parametersOf = (
  given: Readonly<Record<string, unknown>> | undefined,
  path: Path,
  draft: Draft,
): object => {
  const kept = Object.entries(given ?? {}).filter(([name, value]) => {
    const fits = /^[A-Za-z_]\w*$/.test(name) && (typeof value !== "object" || value === null)
    if (!fits) draft.lost([...path, name], "is not kept: no value of a variable of the shell")
    return fits
  })
  return kept.length === 0 ? {} : { parameters: draft.from(path, Object.fromEntries(kept)) }
}

const installParts = new Set(["keys", "sources", "deps", "steps", "git-repos", "all"])

/** The parts of `install` to leave out: one word, as LAVA had it. */
const skipped = (word: string | undefined, step: Step): ReadonlyArray<string> | undefined => {
  if (!word) return undefined
  const part = word === "repos" ? "git-repos" : word
  if (installParts.has(part)) return [part]
  step.translator.draft.lost(
    step.at("skip_install"),
    "is not kept: what can be left out is all, deps, steps, repos, keys or sources",
  )
  return undefined
}
