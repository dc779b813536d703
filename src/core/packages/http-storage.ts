import { httpGet } from "../artifacts/http-get.ts"
import { isMissing } from "../error-code.ts"
import { checksumFile } from "./checksum-file.ts"
import { readChecksums } from "./checksums.ts"
import { within } from "./repository.ts"
import type { Storage, StoredFile } from "./storage.ts"

/** A server that has not answered or sent a byte for this long, in milliseconds, is given up. */
const silentMs = 60_000

/** A repository below a URL, which is only read. Its packages are those that its packages.checksum lists. */
export const httpStorage = (url: string): Storage => {
  const get = async (name: string, signal: AbortSignal) => {
    const target = within({ type: "http", url }, name)
    const silent = new AbortController()
    const timer = setTimeout(() => silent.abort(new Error("the server is silent")), silentMs)
    const address = target.type === "http" ? target.url : url
    const answer = await httpGet(address, {}, {}, AbortSignal.any([signal, silent.signal]))
    const done = () => {
      clearTimeout(timer)
      answer.destroy()
    }
    if (answer.status === 200) return { answer, timer, done }
    done()
    const message = `the server answered ${answer.status} ${answer.statusText}`.trim()
    throw Object.assign(new Error(message), answer.status === 404 ? { code: "ENOENT" } : {})
  }
  const read = async function* (name: string, signal: AbortSignal) {
    const { answer, timer, done } = await get(name, signal)
    try {
      for await (const chunk of answer.body) {
        timer.refresh()
        yield chunk
      }
    } finally {
      done()
    }
  }
  const factsOf = async (name: string): Promise<ReadonlyArray<StoredFile>> => {
    try {
      const { answer, done } = await get(name, new AbortController().signal)
      done()
      const { "content-length": length, "last-modified": modified } = answer.headers
      return [
        {
          name,
          size: length === undefined ? undefined : Number(length),
          modified: modified === undefined ? undefined : Date.parse(modified),
          read: undefined,
        },
      ]
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
  }
  return {
    read,
    list: async () => {
      const files: Array<StoredFile> = []
      const listed = await readChecksums({ read }, new AbortController().signal)
      for (const name of [checksumFile, ...listed.keys()]) files.push(...(await factsOf(name)))
      return files
    },
  }
}
