import { execFileSync } from "node:child_process"
import { expect, it } from "vitest"
import { reportedStep } from "../../../../src/core/job/dialect/inline-test.ts"

const sh = (script: string): string =>
  execFileSync("sh", ["-e", "-c", script], { encoding: "utf8" })

it("steps share a shell, report how each came out, and none ends the others", () => {
  const commands = [
    "export WHERE=/",
    "cd $WHERE",
    "false",
    "for i in 1 2; do echo $i > /dev/null; done &",
    "echo 'it''s' # a comment",
    "test $(pwd) = /",
    "if true; then false; fi",
  ]
  const script = [
    'lava-test-case() { echo "$1 $3"; }'.replace("lava-test-case", "lava_test_case"),
    ...commands.map((each, index) => reportedStep(`c${index + 1}`, each)),
  ].join("\n")
  const results = sh(script.replaceAll("lava-test-case", "lava_test_case"))
    .split("\n")
    .filter((line) => /^c\d/.test(line))
  expect(results).toEqual([
    "c1 pass",
    "c2 pass",
    "c3 fail",
    "c4 pass",
    "c5 pass",
    "c6 pass",
    "c7 fail",
  ])
})
