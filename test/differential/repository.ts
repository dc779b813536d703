import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execaSync } from "execa"
import { afterAll } from "vitest"

const definition = (name: string) => `metadata:
  format: Lava-Test Test Definition 1.0
  name: smoke
  description: of a repository
params:
  WORD: definition
run:
  steps:
    - lava-test-case ${name}-$WORD --result pass
    - lava-test-case history --shell test -d .git
    - lava-test-case files --shell test -f README
`

/** A git repository with test definitions, and a commit that is not its latest; gone after the tests of the file. */
export const useRepository = () => {
  const repository = mkdtempSync(join(tmpdir(), "lab-dispatch-tests-"))
  afterAll(() => rmSync(repository, { recursive: true, force: true }))
  const git = (...words: ReadonlyArray<string>) =>
    execaSync("git", ["-C", repository, "-c", "user.name=x", "-c", "user.email=x@y", ...words])
      .stdout
  const commit = (name: string) => {
    writeFileSync(join(repository, "smoke.yaml"), definition(name))
    git("add", ".")
    git("commit", "-q", "-m", name)
  }
  git("init", "-q", "-b", "main")
  mkdirSync(join(repository, "deep"))
  writeFileSync(join(repository, "README"), "tests\n")
  writeFileSync(join(repository, "deep/smoke.yaml"), definition("deep"))
  commit("first")
  const revision = git("rev-parse", "HEAD")
  commit("latest")
  git("checkout", "-q", "-b", "other")
  commit("other")
  git("checkout", "-q", "main")
  return { repository, revision }
}
