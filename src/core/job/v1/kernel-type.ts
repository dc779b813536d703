import { fileNameOf } from "../dialect/file-url.ts"
import type { Step } from "./command.ts"

/** What a kernel's file is, by the names that kernels are built with. */
const byName: ReadonlyArray<readonly [pattern: RegExp, type: string]> = [
  [/^uImage/i, "uimage"],
  [/^zImage/i, "zimage"],
  [/^Image/, "image"],
]

/**
 * `type` of the kernel of a network boot. LAVA's first format left it to the device's boot commands: where the file's
 * name does not tell, what the boot commands and the other files tell is a guess.
 */
export const kernelType = (
  {
    kernel,
    bootloadertype = "u_boot",
    ...files
  }: {
    readonly kernel: string
    readonly bootloadertype?: string | undefined
    readonly [file: string]: unknown
  },
  step: Step,
): { readonly type?: string } => {
  if (bootloadertype !== "u_boot" && bootloadertype !== "u-boot") return {}
  const { translator, at } = step
  const name = fileNameOf(kernel)
  const known = byName.find(([pattern]) => pattern.test(name))?.[1]
  if (known !== undefined) return { type: known }
  const type = byCommands(step) ?? (speaksOfArm64(files, step) ? "image" : "zimage")
  translator.draft.changed(
    at("kernel"),
    `its name does not tell what it is: taken for ${type === "image" ? "an" : "a"} ${type}; \`type\` is image, zimage or uimage`,
  )
  return { type }
}

/** The command that boots it, where a later boot of the job types its own. */
const byCommands = ({ translator: { job }, path }: Step): string | undefined => {
  const later = JSON.stringify(job.actions.slice(Number(path[1])))
  const [, letter] = /\bboot([izm]) [$0]/.exec(later) ?? []
  return letter && { i: "image", z: "zimage", m: "uimage" }[letter]
}

const speaksOfArm64 = (files: Readonly<Record<string, unknown>>, step: Step): boolean =>
  /arm64|aarch64|armv8/i.test(
    `${JSON.stringify(files)} ${step.translator.deviceOf(step).device_type ?? ""}`,
  )
