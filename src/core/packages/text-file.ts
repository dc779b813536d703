import { isMissing } from "../error-code.ts"
import type { Storage } from "./storage.ts"

/** A file's text; empty where there is none. */
export const textOf = async (
  storage: Pick<Storage, "read">,
  name: string,
  signal: AbortSignal,
): Promise<string> => {
  const chunks: Array<Uint8Array> = []
  try {
    for await (const chunk of storage.read(name, signal)) chunks.push(chunk)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  return Buffer.concat(chunks).toString("utf8")
}

/** A text as the content of a file. */
export async function* contentOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
