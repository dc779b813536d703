import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { problemAt, readDocument, readText } from "../../../src/core/source/document.ts"
import { renderProblem } from "../../../src/core/source/problem.ts"
import { parseYaml } from "../../../src/core/source/yaml-document.ts"

const read = (text: string) => Result.getOrThrow(parseYaml(text, "f"))

const problems = (text: string): ReadonlyArray<string> =>
  Result.match(parseYaml(text, "f"), {
    onSuccess: () => [],
    onFailure: (failure) => failure.map(renderProblem),
  })

describe("values", () => {
  it("reads JSON, indented by spaces or tabs, with or without a byte order mark", () => {
    const value = { a: [1, 2.5, -3e2, "x", true, null], b: { "": "\u00e9\n😀" } }
    for (const indent of [0, 2, "\t"]) {
      expect(read(JSON.stringify(value, null, indent)).value).toEqual(value)
      expect(read(`\uFEFF${JSON.stringify(value, null, indent)}\r\n`).value).toEqual(value)
    }
  })

  it("reads YAML with keys as they are written", () => {
    expect(read("on: 1\n1: 2\nyes: no\n~: x\n'a b': [c, d]\n").value).toEqual({
      on: 1,
      "1": 2,
      yes: false,
      "~": "x",
      "a b": ["c", "d"],
    })
  })

  it("takes quoted and tagged scalars as texts", () => {
    expect(read(`a: "1"\nb: 'yes'\nc: !!str 3\nd: ! 4\ne: |\n  5\nf: !!int "6"\n`).value).toEqual({
      a: "1",
      b: "yes",
      c: "3",
      d: "4",
      e: "5\n",
      f: 6,
    })
  })

  it("shares the value of an anchor among its aliases, the latest of a name", () => {
    const { value } = read("a: &x {k: 1}\nb: *x\nc: &x [2]\nd: *x\n")
    expect(value).toEqual({ a: { k: 1 }, b: { k: 1 }, c: [2], d: [2] })
  })

  it("merges mappings: own keys win, then the later merge, then the earlier of a list", () => {
    const text = [
      "one: &one {a: 1, b: 1}",
      "two: &two {b: 2, c: 2}",
      "x: {<<: [*one, *two], c: 3}",
      "y: {a: 0, <<: *one, <<: *two}",
      "z: {<<: {k: 1}}",
    ].join("\n")
    expect(read(text).value).toMatchObject({
      x: { a: 1, b: 1, c: 3 },
      y: { a: 0, b: 2, c: 2 },
      z: { k: 1 },
    })
  })

  it('takes "<<" in quotes as a key', () => {
    expect(read('{"<<": {"a": 1}}').value).toEqual({ "<<": { a: 1 } })
  })

  it("reads quoted strings whose further lines are not indented, as published tests have them", () => {
    expect(read('a:\n  b: "one\n  two\n\nthree"\n  c: 1\n').value).toEqual({
      a: { b: "one two\nthree", c: 1 },
    })
  })
})

describe("mistakes", () => {
  it.each([
    ["", ["f:1:1: the file is empty"]],
    [" \n\t\n", ["f:1:1: the file is empty"]],
    ["# nothing\n---\n", ["f:1:1: the file is empty"]],
    ["a: 1\n---\nb: 2\n", ["f:2:1: a second document begins here (---); a file holds one"]],
    ["a:\n\tb: 1\n", ["f:2:1: a tab cannot indent YAML; use spaces"]],
    ["a:\n  b: 1\n c: 2\n", ["f:3:1: the indentation does not fit the lines around it"]],
    ['{\n "a": [1, 2\n}\n', ["f:3:1: the closing ] is missing"]],
    ['{\n "a": 1\n', ["f:3:1: the closing } is missing"]],
    ['{"a" 1}', ["f:1:6: a comma or a colon is missing before this"]],
    ["a: *b\n", ["f:1:4 a: no anchor (&) before this alias (*) has its name"]],
    ["a: &a [*a]\n", ["f:1:8 a[0]: this alias (*) stands inside its own anchor (&)"]],
    [
      "a: {{ x }}\n",
      [
        "f:1:5 a: a key must be a plain text, not a mapping, list or alias; a text that begins with { needs quotes",
      ],
    ],
    ["<<: 1\n", ['f:1:5: "<<" merges a mapping or a list of mappings; this is neither']],
    ['{"__proto__": 1}', ['f:1:2: a key cannot be named "__proto__"']],
    [
      "a: !!binary aGk=\nb: !mine {}\n",
      [
        "f:1:13 a: this tag (!) is not supported; a text that begins with ! needs quotes",
        "f:2:10 b: this tag (!) is not supported; a text that begins with ! needs quotes",
      ],
    ],
  ])("%j", (text, expected) => {
    expect(problems(text)).toEqual(expected)
  })

  it("reports several mistakes of the syntax, one a line", () => {
    expect(problems("a: @x\nb: `y`\nc: b: d\ne: 1\n")).toEqual([
      "f:1:4: a text that begins with this character needs quotes",
      "f:2:4: a text that begins with this character needs quotes",
      'f:3:4: a second "key: value" on one line; a text with ": " in it needs quotes',
    ])
  })

  it("counts columns after a byte order mark as an editor does", () => {
    expect(problems("\uFEFFa: @")).toEqual([
      "f:1:4: a text that begins with this character needs quotes",
    ])
  })

  it("keeps a document with repeated keys, with the last of each, and says where they are", () => {
    const document = read("a:\n  b: 1\n  c: 2\n  b: 3\n")
    expect(document.value).toEqual({ a: { b: 3, c: 2 } })
    expect(document.duplicates.map(renderProblem)).toEqual([
      "f:4:3 a.b: the same key stands at 2:3 already",
    ])
  })

  it("never repeats a part of the text, which may be a secret", () => {
    for (const text of [
      "a: *hunter2",
      "a: !hunter2 x",
      "a: [hunter2",
      'a: "\\qhunter2"',
      "a: @hunter2",
    ]) {
      expect(problems(text).join()).toMatch(/^f:1:/)
      expect(problems(text).join()).not.toContain("hunter2")
    }
  })
})

describe("hostile texts", () => {
  const bomb = (levels: number) =>
    Array.from({ length: levels }, (_, level) =>
      level === 0 ? "a0: &a0 [x, x]" : `a${level}: &a${level} [${`*a${level - 1}, `.repeat(9)}]`,
    ).join("\n")

  it.each([
    ["an alias bomb", bomb(12), "more than 1000000 values once its aliases (*) are expanded"],
    ["an alias bomb beyond all numbers", bomb(400), "more than 1000000 values"],
    [
      "a merge bomb",
      `a: &a {${Array.from({ length: 2000 }, (_, key) => `k${key}: 1`).join(", ")}}\nb: {<<: [${"*a, ".repeat(2000)}]}`,
      '"<<" merges more than 1000000 keys',
    ],
    [
      "more levels than anybody writes",
      `${"[".repeat(200)}${"]".repeat(200)}`,
      "more than 100 levels deep",
    ],
    ["brackets without end", "[".repeat(100_000), "too deeply nested"],
    ["dashes without end", "- ".repeat(100_000), "too deeply nested"],
  ])("%s", (_, text, message) => {
    expect(problems(text).join("\n")).toContain(message)
  })

  it("accepts as many aliases as a long job may have", () => {
    const text = `a: &a {x: 1}\nb: [${"*a, ".repeat(5000)}]`
    expect(read(text).value).toHaveProperty("b.4999.x", 1)
  })
})

describe("positions", () => {
  const text = [
    "base: &base",
    "  x: 1",
    "list:",
    "  - {a: 1, b: two}",
    "  - <<: *base",
    "    y: 2",
  ].join("\n")
  const document = read(text)

  it.each([
    [[], "value", 1, 1],
    [["list"], "key", 3, 1],
    [["list"], "value", 4, 3],
    [["list", 0], "value", 4, 5],
    [["list", 0, "b"], "key", 4, 12],
    [["list", 0, "b"], "value", 4, 15],
    // What was merged stands where it was written.
    [["list", 1, "x"], "value", 2, 6],
    [["list", 1, "y"], "key", 6, 5],
  ] as const)("of %j (%s) is %d:%d", (path, part, line, column) => {
    expect(document.locate(path, part)).toEqual({ line, column })
  })

  it("are absent for what is not there", () => {
    expect(document.locate(["list", 2])).toBeUndefined()
    expect(document.locate(["list", 0, "b", "c"])).toBeUndefined()
    expect(document.locate(["toString"])).toBeUndefined()
  })

  it("make problems for checks that no schema can make", () => {
    expect(renderProblem(problemAt(document, ["list", 0, "b"], "no such device"))).toBe(
      "f:4:15 list[0].b: no such device",
    )
  })
})

describe("texts", () => {
  const readBack = (text: string) => Effect.runPromise(Effect.result(readText(text, "f")))

  it("are read as JSON or as YAML", async () => {
    for (const text of ['{"a": [1, "x"]}', "a: [1, x]"]) {
      const document = Result.getOrThrow(await readBack(text))
      expect(document).toMatchObject({ file: "f", value: { a: [1, "x"] }, duplicates: [] })
      expect(document.locate(["a", 1])).toEqual({ line: 1, column: text.search(/"?x/) + 1 })
    }
  })

  it("have their mistakes told, also in JSON", async () => {
    expect(await readBack('{"a" 1}')).toMatchObject({
      failure: { message: "f:1:6: a comma or a colon is missing before this" },
    })
    expect(await readBack(`a: ${"x".repeat(2 ** 21)}`)).toMatchObject({
      failure: { message: expect.stringContaining("is larger than the 2 MB") },
    })
  })
})

describe("files", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "source-document-"))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const readFile = (path: string) => Effect.runPromise(Effect.result(readDocument(path)))
  const failure = async (path: string) => {
    const result = await readFile(path)
    return Result.isFailure(result) ? result.failure : undefined
  }
  const write = async (name: string, content: string | Uint8Array) => {
    const path = join(folder, name)
    await writeFile(path, content)
    return path
  }

  it("are read as UTF-8, or as UTF-16 with a byte order mark", async () => {
    const text = '{"a": "é"}'
    for (const bytes of [Buffer.from(text), Buffer.from(`\uFEFF${text}`, "utf16le")]) {
      const result = await readFile(await write("text.json", bytes))
      expect(Result.getOrThrow(result).value).toEqual({ a: "é" })
    }
  })

  it("fail as a ConfigurationError that lists the problems", async () => {
    const path = await write("bad.yaml", "a: @\nb: `\n")
    const error = await failure(path)
    expect(error?._tag).toBe("ConfigurationError")
    expect(error?.problems.map(({ line, column }) => [line, column])).toEqual([
      [1, 4],
      [2, 4],
    ])
    expect(error?.message.split("\n")[0]).toBe(
      `${path}:1:4: a text that begins with this character needs quotes`,
    )
  })

  it("fail by name where there is nothing to read", async () => {
    const missing = join(folder, "missing.json")
    expect((await failure(missing))?.message).toBe(`${missing}: cannot be read: no such file`)
    expect((await failure(folder))?.message).toBe(`${folder}: cannot be read: it is a directory`)
    expect((await failure(""))?.message).toBe(": cannot be read: no such file")
    expect((await failure("a\0b"))?.message).toContain("cannot be read")
  })

  it("fail where they are no text, and where they have no end", async () => {
    const binary = await write("binary", new Uint8Array([0x7f, 0x45, 0xff, 0xfe]))
    expect((await failure(binary))?.message).toContain("is not a text file")
    expect((await failure("/dev/zero"))?.message).toContain("is larger than the 2 MB")
  })
})
