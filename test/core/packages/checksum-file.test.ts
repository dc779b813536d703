import { createHash } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { formatChecksumFile, parseChecksumFile } from "../../../src/core/packages/checksum-file.ts"

const md5 = (text: string) => createHash("md5").update(text).digest("hex")
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")

/** How autotest reads the file: the first word of a line is the checksum, the rest the name; the last line counts. */
const asAutotest = (text: string) =>
  Object.fromEntries(
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split(/ (.*)/).slice(0, 2).toReversed() as [string, string]),
  ) as Record<string, string>

const listed = fc.dictionary(
  fc.stringMatching(/^[A-Za-z0-9][\w .+~%-]{0,20}[a-z]$/),
  fc.record({ md5: fc.string().map(md5), sha256: fc.string().map(sha256) }, { requiredKeys: [] }),
)

describe("packages.checksum", () => {
  it("is read as autotest writes it, the last line without an end", () => {
    const text = `${md5("a")} test-sleeptest.tar.bz2\n${md5("b")} dep-libaio.tar.bz2`
    expect([...parseChecksumFile(text)]).toEqual([
      ["test-sleeptest.tar.bz2", { md5: md5("a") }],
      ["dep-libaio.tar.bz2", { md5: md5("b") }],
    ])
  })

  it("passes over what is no line of it", () => {
    expect(parseChecksumFile(`\n# md5\nabc x\n${md5("a")}\n${md5("a")}0 x\r\n`).size).toBe(0)
  })

  it("is read as it was written, and autotest finds the MD5s", () => {
    fc.assert(
      fc.property(listed, (dictionary) => {
        const entries = Object.entries(dictionary).filter(([, sums]) => sums.md5 ?? sums.sha256)
        const text = formatChecksumFile(new Map(entries))
        expect(Object.fromEntries(parseChecksumFile(text))).toEqual(Object.fromEntries(entries))
        for (const [name, sums] of entries) {
          expect(asAutotest(text)[name]).toBe(sums.md5 ?? sums.sha256)
        }
      }),
    )
  })

  it("is read whatever it holds", () => {
    fc.assert(fc.property(fc.string(), (text) => void parseChecksumFile(text)))
  })
})
