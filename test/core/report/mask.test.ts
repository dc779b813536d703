import { inspect } from "node:util"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { InvalidFile } from "../../../src/core/source/invalid-file.ts"
import { BugError } from "../../../src/core/pipeline/errors.ts"
import { makeMask, maskEvent } from "../../../src/core/report/mask.ts"
import { minimumSecretLength } from "../../../src/core/secret-forms.ts"

describe("makeMask", () => {
  it("leaves no secret in any text around it", () => {
    const secret = fc.string({ unit: "binary", minLength: minimumSecretLength, maxLength: 20 })
    fc.assert(
      fc.property(
        fc.array(secret.filter((s) => s.trim().length >= minimumSecretLength)),
        fc.array(fc.string()),
        (secrets, texts) => {
          const text = secrets.flatMap((each, index) => [texts[index] ?? "", each]).join("")
          const pieces = makeMask(secrets)(text).split("[MASKED]")
          expect(secrets.filter((each) => pieces.some((piece) => piece.includes(each)))).toEqual([])
        },
      ),
    )
  })

  it("takes the longest first", () => {
    expect(makeMask(["hunter", "hunter2000"])("hunter2000 hunter")).toBe("[MASKED] [MASKED]")
  })

  it("finds a secret inside JSON and inside a URL", () => {
    const mask = makeMask(['p"ss\\w/rd'])
    expect(mask(JSON.stringify({ password: 'p"ss\\w/rd' }))).toBe('{"password":"[MASKED]"}')
    expect(mask(`http://lab/?token=${encodeURIComponent('p"ss\\w/rd')}`)).toBe(
      "http://lab/?token=[MASKED]",
    )
  })

  it("finds the lines of a secret that has several", () => {
    const mask = makeMask(["-----BEGIN KEY-----\nMIIBOgIBAAJBAK\n-----END KEY-----\n"])
    expect(mask("+ echo MIIBOgIBAAJBAK")).toBe("+ echo [MASKED]")
  })

  it("leaves short values and texts without secrets as they are", () => {
    expect(makeMask(["abc", "", "   \n "])("abc  abc")).toBe("abc  abc")
    expect(makeMask([])("anything")).toBe("anything")
  })
})

describe("maskEvent", () => {
  it("keeps the class of an invalid file's error, and blanks its message", () => {
    const error = new InvalidFile([{ file: "job.json", path: "a", message: "found hunter2" }])
    const masked = maskEvent(makeMask(["hunter2"]), {
      type: "job-ended",
      time: 0,
      status: "incomplete",
      error,
      durationSeconds: 0,
    })
    expect(masked).toMatchObject({
      error: { _tag: "ConfigurationError", message: "job.json a: found [MASKED]" },
    })
  })

  const mask = makeMask(["s3cret", "pass", "error"])

  it("blanks everything an event says, and none of our own words", () => {
    const masked = maskEvent(mask, {
      type: "result",
      time: 1,
      suite: "0_s3cret",
      case: "login",
      result: "pass",
      errorMessage: "got s3cret",
      extra: { nested: [{ token: "a s3cret" }], s3cret: 1 },
    })
    expect(masked).toEqual({
      type: "result",
      time: 1,
      suite: "0_[MASKED]",
      case: "login",
      result: "pass",
      errorMessage: "got [MASKED]",
      extra: { nested: [{ token: "a [MASKED]" }], "[MASKED]": 1 },
    })
    expect(maskEvent(mask, { type: "log", time: 1, level: "error", message: "s3cret" })).toEqual({
      type: "log",
      time: 1,
      level: "error",
      message: "[MASKED]",
    })
  })

  it("keeps an error's class and blanks its message, console, cause and stack", () => {
    const error = new BugError({
      message: "sent s3cret",
      action: "login-action",
      console: ["Password: s3cret"],
      cause: new Error("s3cret"),
    })
    const masked = maskEvent(mask, {
      type: "job-ended",
      time: 1,
      status: "incomplete",
      durationSeconds: 1,
      error,
    })
    const seen = "error" in masked ? masked.error : undefined
    expect(seen).toBeInstanceOf(BugError)
    expect(seen).toMatchObject({ message: "sent [MASKED]", console: ["Password: [MASKED]"] })
    expect(inspect(masked, { depth: 9 })).not.toContain("s3cret")
  })

  it("hands on the console's lines untouched where there is nothing to blank", () => {
    const event = {
      type: "console",
      time: 1,
      console: "uart0",
      direction: "target",
      line: "login:",
    } as const
    expect(maskEvent(mask, event)).toBe(event)
    expect(maskEvent(mask, { ...event, line: "# s3cret" })).toMatchObject({ line: "# [MASKED]" })
  })
})
