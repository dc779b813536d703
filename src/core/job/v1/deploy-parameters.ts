import { quote } from "../../source/problem.ts"
import type { Step } from "./command.ts"
import { isFastModel } from "./emulator.ts"

/** What stands in a deploy of LAVA's first format and has no place in the second, with the reason. */
export const lostIn = (
  { translator: { draft }, at }: Step,
  parameters: Readonly<Record<string, unknown>>,
  reasons: Readonly<Record<string, string>>,
): void => {
  for (const [key, reason] of Object.entries(reasons)) {
    if (parameters[key] !== undefined) draft.lost(at(key), reason)
  }
}

/** Refuses fast models: what they are started with stood in the lab. */
export const refuseFastModel = ({ translator, path, ...step }: Step): boolean => {
  const { device_type } = translator.deviceOf({ translator, path, ...step })
  if (!isFastModel(device_type)) return false
  translator.draft.wrong(
    path,
    `cannot be translated for ${quote(device_type ?? "")}: the program of a fast model and its arguments stood in the lab; write \`deploy\` with \`to: fvp\` and \`boot\` with \`method: fvp\`, which name them`,
  )
  return true
}
