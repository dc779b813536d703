import * as Effect from "effect/Effect"
import { log } from "../../core/pipeline/events.ts"

/** A mirror of Debian, and the proxy through which this machine reaches it. */
export interface DebianMirror {
  readonly url: URL
  readonly proxy: string | undefined
}

const own = "http://deb.debian.org/debian"

/** Apt answers at once or not at all. */
const timeout = 10_000

/**
 * The mirror from which this machine's own apt gets Debian; where apt is not here or has none, the project's own, which
 * the job's log is told.
 */
export const hostMirror = Effect.gen(function* () {
  const found = yield* Effect.promise(fromApt)
  if (found) return found
  yield* log("info", `this machine's apt has no mirror of Debian: ${own} is taken`)
  return { url: new URL(own), proxy: undefined }
})

const fromApt = async (): Promise<DebianMirror | undefined> => {
  const [mirrors, settings] = await Promise.all([
    told("apt-get", [
      "indextargets",
      "--format",
      "$(REPO_URI)",
      "Created-By: Packages",
      "Origin: Debian",
    ]),
    told("apt-config", ["dump"]),
  ])
  const url = mirrors.split("\n").map((line) => URL.parse(line.trim()))
  const usable = url.find(
    (each) => each && /^https?:$/.test(each.protocol) && !/security/.test(each.pathname),
  )
  if (!usable) return undefined
  const proxy = new RegExp(`^Acquire::${usable.protocol}:Proxy "([^"]+)";`, "mi").exec(
    settings,
  )?.[1]
  return { url: usable, proxy: proxy === "DIRECT" ? undefined : proxy }
}

const told = async (program: string, words: ReadonlyArray<string>): Promise<string> => {
  const { execa } = await import("execa")
  const { stdout } = await execa(program, words, { reject: false, timeout })
  return typeof stdout === "string" ? stdout : ""
}
