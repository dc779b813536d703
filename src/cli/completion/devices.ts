import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { isMapping } from "../../core/job/rule.ts"
import { readDocument } from "../../core/source/document.ts"
import { findLab } from "../find-lab.ts"

/**
 * Prints the names of the devices, a line each, of the lab file that is meant by the words of a command line.
 * Nothing where there is none or it cannot be read: a completion must not disturb who types. The file is only
 * read, not checked, so that it is quick.
 */
export const printDevices = async (words: ReadonlyArray<string>): Promise<number> => {
  const names = await deviceNames(words).catch(() => [])
  process.stdout.write(names.map((name) => `${name}\n`).join(""))
  return 0
}

const deviceNames = async (words: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const document = await Effect.runPromise(Effect.result(readDocument(findLab(labIn(words)))))
  if (Result.isFailure(document) || !isMapping(document.success.value)) return []
  const { devices } = document.success.value
  return isMapping(devices) ? Object.keys(devices) : []
}

/** What a command line gives as --lab. */
const labIn = (words: ReadonlyArray<string>): string | undefined => {
  const index = words.findIndex((word) => word === "-l" || word === "--lab")
  return words[index + 1] !== undefined && index >= 0
    ? words[index + 1]
    : words.find((word) => word.startsWith("--lab="))?.slice("--lab=".length)
}
