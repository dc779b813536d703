import type { Senders } from "./exchange.ts"

/** What a wait for messages has come to. */
export type Awaited =
  | { readonly type: "here" }
  /** It can still come: these have not sent. */
  | { readonly type: "open"; readonly missing: ReadonlyArray<string> }
  /** It cannot come any more, since this node has ended without; undefined where there was nobody to wait for. */
  | { readonly type: "lost"; readonly node: string | undefined }

/**
 * What a wait has come to.
 *
 * @param sent who has left a message of the name
 * @param gone who sends nothing any more
 */
export const awaited = (
  from: Senders,
  sent: Pick<ReadonlySet<string>, "has">,
  gone: Pick<ReadonlySet<string>, "has">,
): Awaited => {
  const nodes = "all" in from ? from.all : from.any
  const missing = nodes.filter((node) => !sent.has(node))
  const lost = missing.filter((node) => gone.has(node))
  if ("all" in from) {
    if (missing.length === 0) return { type: "here" }
    return lost.length > 0 ? { type: "lost", node: lost[0] } : { type: "open", missing }
  }
  if (missing.length < nodes.length) return { type: "here" }
  return lost.length === nodes.length ? { type: "lost", node: lost[0] } : { type: "open", missing }
}
