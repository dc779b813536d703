import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as z from "zod"
import { valueDocument } from "../../../src/core/source/document.ts"
import { renderProblem } from "../../../src/core/source/problem.ts"
import { validate } from "../../../src/core/source/validate.ts"
import { parseYaml } from "../../../src/core/source/yaml-document.ts"

const check = (schema: z.ZodType, text: string): ReadonlyArray<string> =>
  Result.match(validate(Result.getOrThrow(parseYaml(text, "f")), schema), {
    onSuccess: () => [],
    onFailure: (problems) => problems.map(renderProblem),
  })

/** The problems of one value under the key `v`. */
const checkValue = (schema: z.ZodType, value: unknown): ReadonlyArray<string> =>
  check(z.object({ v: schema }), JSON.stringify({ v: value })).map((line) =>
    line.replace(/^f:\d+:\d+ /, ""),
  )

it("answers with the schema's value", () => {
  const document = Result.getOrThrow(parseYaml("a: 1\n", "f"))
  const schema = z.strictObject({ a: z.number().transform((n) => n + 1) })
  expect(Result.getOrThrow(validate(document, schema))).toEqual({ a: 2 })
})

describe("messages", () => {
  it.each([
    [z.string(), 12, ["v: expected a string, found 12"]],
    [z.string(), null, ["v: expected a string, found nothing"]],
    [z.string(), { a: 1 }, ["v: expected a string, found a mapping"]],
    [z.int(), 1.5, ["v: expected a whole number, found 1.5"]],
    [z.number(), "1", ['v: expected a number, found "1"']],
    [z.number().min(1), 0, ["v: expected a number of at least 1, found 0"]],
    [z.int().max(100), 101, ["v: expected a number of at most 100, found 101"]],
    [z.boolean(), "yes", ['v: expected true or false, found "yes"']],
    [z.string().min(1), "", ['v: expected a string that is not empty, found ""']],
    [z.array(z.string()), "x", ['v: expected a list, found "x"']],
    [z.array(z.string()).min(1), [], ["v: expected a list that is not empty, found an empty list"]],
    [
      z.array(z.string()).max(1),
      ["a", "b"],
      ["v: expected a list of at most 1 item, found a list"],
    ],
    [z.record(z.string(), z.number()), [], ["v: expected a mapping, found an empty list"]],
    [
      z.enum(["tftp", "ssh"]),
      "tfpt",
      ['v: expected "tftp" | "ssh", found "tfpt" (did you mean "tftp"?)'],
    ],
    [z.enum(["tftp", "ssh"]), "nbd", ['v: expected "tftp" | "ssh", found "nbd"']],
    [z.string().regex(/^a/, "expected a word in a"), "b", ['v: expected a word in a, found "b"']],
    [z.string().refine(() => false, "is not so"), "b", ["v: is not so"]],
    [z.never({ error: "cannot be used" }).optional(), 1, ["v: cannot be used"]],
    [z.union([z.string(), z.array(z.string())]), 1, ["v: expected a string or a list, found 1"]],
    [
      z.union([z.enum(["on", "off"]), z.int()]),
      "of",
      ['v: expected "on" | "off" or a number, found "of" (did you mean "off"?)'],
    ],
    [z.union([z.string(), z.array(z.string())]), [1], ["v[0]: expected a string, found 1"]],
    [
      z.record(z.string().regex(/^a/, "expected a word in a"), z.number()),
      { b: 1 },
      ['v.b: the key expected a word in a, found "b"'],
    ],
    [
      z.record(z.enum(["a", "b"]), z.number()),
      { a: 1, b: 1, c: 1 },
      ["v.c: unknown key; known here: a, b"],
    ],
    [z.string(), "x".repeat(100), []],
    [z.number(), "x".repeat(100), [`v: expected a number, found "${"x".repeat(40)}..."`]],
    [z.number(), "\u001b[2J\u009b", ['v: expected a number, found "\\u001b[2J\\u009b"']],
  ] as ReadonlyArray<[z.ZodType, unknown, ReadonlyArray<string>]>)(
    "%#: %o",
    (schema, value, expected) => {
      expect(checkValue(schema, value)).toEqual(expected)
    },
  )
})

describe("positions", () => {
  const schema = z.strictObject({
    name: z.string(),
    size: z.number(),
    list: z.array(z.strictObject({ kind: z.string(), level: z.number().optional() })),
  })

  it("are of the value, of an unknown key itself, and of the mapping that lacks a key", () => {
    const text =
      '{\n  "nam": "x",\n  "size": "big",\n  "list": [\n    { "levle": 1 },\n    7\n  ]\n}'
    expect(check(schema, text)).toEqual([
      "f:1:1 name: missing; expected a string",
      'f:2:3 nam: unknown key (did you mean "name"?)',
      'f:3:11 size: expected a number, found "big"',
      "f:5:5 list[0].kind: missing; expected a string",
      'f:5:7 list[0].levle: unknown key (did you mean "level"?)',
      "f:6:5 list[1]: expected a mapping, found 7",
    ])
  })

  it("of what is missing are those of the nearest mapping that is there", () => {
    const deep = z.object({ a: z.object({ b: z.string() }) }).check((context) => {
      context.issues.push({
        code: "invalid_type",
        expected: "string",
        path: ["x", "y", "z"],
        input: undefined,
      })
    })
    expect(check(deep, "a: {b: c}\n")).toEqual(["f:1:1 x.y.z: missing; expected a string"])
  })

  it("follow anchors: a mistake in one is said once", () => {
    const text = "base: &base {kind: 1}\nlist: [*base, *base]\nname: x\nsize: 1\n"
    expect(check(schema.extend({ base: z.unknown() }), text)).toEqual([
      "f:1:20 list[0].kind: expected a string, found 1",
    ])
  })

  it("are left out where there is no text", () => {
    const result = validate(valueDocument({ name: 1, size: 1, list: [] }, "job"), schema)
    expect(result).toEqual(
      Result.fail([{ file: "job", path: "name", message: "expected a string, found 1" }]),
    )
  })

  it("tell where a repeated key stands, besides every other mistake", () => {
    expect(check(z.object({ a: z.string() }), "a: 1\na: 2\n")).toEqual([
      "f:2:1 a: the same key stands at 1:1 already",
      "f:2:4 a: expected a string, found 2",
    ])
  })
})

describe("unions", () => {
  const git = z.strictObject({
    from: z.literal("git"),
    repository: z.string(),
    branch: z.string().optional(),
  })
  const inline = z.strictObject({
    from: z.literal("inline"),
    repository: z.strictObject({ run: z.string() }),
  })

  it.each([z.union([git, inline]), z.discriminatedUnion("from", [git, inline])])(
    "report the branch that the key for the kind means",
    (schema) => {
      expect(checkValue(schema, { from: "git", repository: { run: 1 }, brunch: "x" })).toEqual([
        "v.repository: expected a string, found a mapping",
        'v.brunch: unknown key (did you mean "branch"?)',
      ])
      expect(checkValue(schema, { from: "inline", repository: { run: 1 } })).toEqual([
        "v.repository.run: expected a string, found 1",
      ])
    },
  )

  it("report what the key for the kind may be", () => {
    const schema = z.discriminatedUnion("from", [git, inline])
    expect(checkValue(schema, { from: "gti" })).toEqual([
      'v.from: expected "git" | "inline", found "gti" (did you mean "git"?)',
    ])
    expect(checkValue(schema, {})).toEqual(['v.from: missing; expected "git" | "inline"'])
    expect(checkValue(schema, "git")).toEqual(['v: expected a mapping, found "git"'])
  })

  it("report the branch whose keys are there", () => {
    const schema = z.union([
      z.strictObject({ definitions: z.array(z.string()) }),
      z.strictObject({ monitors: z.array(z.strictObject({ start: z.string(), end: z.string() })) }),
    ])
    expect(checkValue(schema, { monitors: [{ start: 1, end: 2 }] })).toEqual([
      "v.monitors[0].start: expected a string, found 1",
      "v.monitors[0].end: expected a string, found 2",
    ])
  })
})

describe("secrets", () => {
  it("are never shown", () => {
    const schema = z.object({
      secrets: z.record(z.string(), z.number()),
      auto_login: z.object({ password: z.number() }),
      headers: z.record(z.string(), z.number()),
      url: z.enum(["x"]),
    })
    const text = JSON.stringify({
      secrets: { a: "hunter2" },
      auto_login: { password: "hunter2" },
      headers: { "PRIVATE-TOKEN": "hunter2" },
      url: "https://user:hunter2@host/x?token=hunter2",
    })
    const problems = check(schema, text)
    expect(problems).toHaveLength(4)
    expect(problems.join("\n")).not.toContain("hunter2")
    expect(problems[0]).toContain("found a string")
  })

  it("are not shown when they are the whole file", () => {
    expect(check(z.object({}), "hunter2\n")).toEqual(["f:1:1: expected a mapping, found a string"])
  })
})

it("says when there are more mistakes than can be listed", () => {
  const schema = z.array(z.array(z.string()))
  const text = `[[${"1,".repeat(200_000)}1]]`
  expect(check(schema, text)).toEqual([
    "f:1:1: has more mistakes than can be listed: is it a file of another kind?",
  ])
})
