import { globSync, readFileSync } from "node:fs"
import { expect, it } from "vitest"

const source = new URL("../../src/", import.meta.url).pathname
const declaration =
  /^export (?:declare |abstract |async )*(?:class|const|enum|function\*?|interface|let|type) (\w+)/

/** The exports of a file, each with whether a doc comment ends right above it. */
const exportsOf = (text: string) => {
  const lines = text.split("\n")
  return lines.flatMap((line, index) => {
    const name = declaration.exec(line)?.[1]
    if (name === undefined) return []
    return [{ name, line: index + 1, documented: /\*\/\s*$/.test(lines[index - 1] ?? "") }]
  })
}

it("every export has a doc comment", () => {
  const all = globSync("**/*.ts", { cwd: source }).flatMap((file) =>
    exportsOf(readFileSync(source + file, "utf8")).map((each) => ({ file, ...each })),
  )
  expect(all.length).toBeGreaterThan(500)
  const missing = all.filter(({ documented }) => !documented)
  expect(missing.map(({ file, line, name }) => `src/${file}:${line} ${name}`)).toEqual([])
})
