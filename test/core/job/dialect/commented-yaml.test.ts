import * as Result from "effect/Result"
import { expect, it } from "vitest"
import { commentedYaml } from "../../../../src/core/job/dialect/commented-yaml.ts"
import { parseYaml } from "../../../../src/core/source/yaml-document.ts"
import { jobOf, translateText } from "../v1/translate.ts"

const text = jobOf(
  [
    {
      command: "deploy_linaro_image",
      parameters: { rootfs: "http://f/r.tar.gz", hwpack: "http://f/h" },
    },
    { command: "boot_linaro_image", parameters: { test_image_prompt: "'on'#:" } },
  ],
  { health_check: true },
)

it("reads back as the job, with each note at what it is about", () => {
  const translation = translateText(text)
  const yaml = commentedYaml(translation, [" Translated"])
  expect(Result.getOrThrow(parseYaml(yaml, "new.yaml")).value).toEqual(translation.document.value)
  const lines = yaml.split("\n")
  expect(lines[0]).toBe("# Translated")
  expect(lines[1]).toMatch(/^# 1:\d+ health_check: is not kept/)
  const lost = lines.findIndex((line) => line.includes("parameters.hwpack: is not kept"))
  expect(lines.slice(lost).find((line) => !line.includes("#"))).toMatch(/^ +(- )?deploy:/)
  for (const { message } of translation.notes) expect(yaml).toContain(message)
})
