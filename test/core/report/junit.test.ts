import { execFileSync } from "node:child_process"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  CanceledError,
  type DispatchError,
  InfrastructureError,
  TestError,
} from "../../../src/core/pipeline/errors.ts"
import type { CaseResult, JobEvent } from "../../../src/core/pipeline/events.ts"
import { junitXml } from "../../../src/core/report/junit.ts"
import { summarize } from "../../../src/core/report/summary.ts"
import { completeJob, failedJob, tell } from "./story.ts"

const schema = new URL("junit.xsd", import.meta.url).pathname

const xmlOf = (events: ReadonlyArray<JobEvent>): string => {
  const job = summarize()
  for (const event of events) job.event(event)
  return junitXml(job.summary())
}

/** Asks xmllint (libxml2) a question about a valid document; it fails where the schema does not hold. */
const lint = (xml: string, xpath: string): string => {
  execFileSync("xmllint", ["--noout", "--schema", schema, "-"], { input: xml, stdio: "pipe" })
  const answer = execFileSync("xmllint", ["--xpath", xpath, "-"], { input: xml, stdio: "pipe" })
  return answer.toString().replace(/\n$/, "")
}

// xmllint comes with Debian's libxml2-utils.
describe("junitXml", () => {
  it("has a testcase for each case and one for the job", () => {
    const xml = xmlOf(completeJob())
    expect(lint(xml, "count(//testcase)")).toBe("7")
    expect(lint(xml, "string(/testsuites/@name)")).toBe("highbank-pxe")
    expect(lint(xml, "concat(/testsuites/@tests,'/',/testsuites/@failures)")).toBe("7/1")
    expect(lint(xml, "string(//testsuite[@name='0_smoke']/@skipped)")).toBe("1")
    expect(lint(xml, "string(//testcase[@name='dmesg-clean']/failure)")).toBe(
      "2 lines of level err",
    )
    expect(lint(xml, "string(//testcase[@name='dmesg-clean']/@time)")).toBe("0.400")
    expect(lint(xml, "count(//testcase[@name='job']/*)")).toBe("0")
    expect(lint(xml, "string(//testsuite[1]/@timestamp)")).toBe("2026-08-01T12:00:00")
  })

  it("shows measurements as properties and in the output, and the set in the classname", () => {
    const xml = xmlOf(completeJob())
    const one = "//testcase[@classname='0_smoke.disk']"
    expect(lint(xml, `string(${one}/properties/property[@name='units']/@value)`)).toBe("MB/s")
    expect(lint(xml, `string(${one}/system-out)`)).toBe("measurement: 112.5 MB/s")
  })

  it("is red where the job broke, with the console's last lines", () => {
    const xml = xmlOf(failedJob())
    expect(lint(xml, "string(//testcase[@name='job']/failure/@type)")).toBe("JobError")
    expect(lint(xml, "string(//testcase[@name='job']/failure)")).toContain("end Kernel panic")
    expect(lint(xml, "string(/testsuites/@failures)")).toBe("1")
  })

  it.each([
    [new TestError({ message: "raised" }), "1/0"],
    [new InfrastructureError({ message: "no power" }), "0/1"],
    [new CanceledError({ message: "canceled" }), "0/1"],
  ])("counts %s among failures/errors as %s", (error: DispatchError, expected) => {
    const xml = xmlOf(tell().job().end(1, error).events)
    expect(lint(xml, "concat(/testsuites/@failures,'/',/testsuites/@errors)")).toBe(expected)
  })

  it("numbers a case that comes again", () => {
    const story = tell().job().result("0_a", "boot", "fail").result("0_a", "boot", "pass").end(1)
    expect(lint(xmlOf(story.events), "string(//testcase[2]/@name)")).toBe("boot (2)")
  })

  it("is valid whatever a board puts into names and messages", () => {
    const text = fc.string({ unit: "binary" })
    const result = fc.constantFrom<CaseResult>("pass", "fail", "skip", "unknown")
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, text, result, text), { maxLength: 8 }),
        text,
        (cases, message) => {
          const story = tell().job()
          for (const [suite, name, result, errorMessage] of cases) {
            story.result(suite, name, result, { errorMessage, measurement: name, set: suite })
          }
          story.end(1, new TestError({ message, console: [message, "]]>", "\x1b[31mred\x1b[0m"] }))
          const xml = xmlOf(story.events)
          // A case may be named alike after its control characters are gone: only then is it not valid.
          execFileSync("xmllint", ["--noout", "-"], { input: xml, stdio: "pipe" })
          expect(xml).not.toContain("\x1b")
        },
      ),
      { numRuns: 25 },
    )
  })
})
