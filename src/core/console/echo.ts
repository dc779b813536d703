import type { Search } from "./search.ts"

/** Text before the echo that came in its midst is looked through this far back, in characters. */
const reach = 16 * 1024

/**
 * Whether a text begins with the echo of what was typed, and where the echo ends. A device writes
 * other things into an echo: kernel messages, which come as whole lines, and line ends where the
 * shell's editor wraps. So at any place other text up to a line's end may stand; apart from that each
 * character must be there, in order. A character that was lost is thereby noticed.
 * @returns index behind the echo, or undefined when it is not whole
 */
export const echoEnd = (text: string, typed: string): number | undefined => {
  // As it nearly always is.
  if (text.startsWith(typed)) return typed.length
  if (typed.startsWith(text)) return undefined
  // The places in `typed` that the echo may have come to, were each line the last one of noise.
  let places = new Set([0])
  let furthest = 0
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (character === "\n") {
      for (let place = 0; place <= furthest; place++) places.add(place)
      continue
    }
    const next = new Set<number>()
    for (const place of places) if (typed[place] === character) next.add(place + 1)
    places = next
    for (const place of places) furthest = Math.max(furthest, place)
    if (places.has(typed.length)) return index + 1
  }
  return undefined
}

/** Waits for the echo of what was typed, from the end of what was last read on. */
export const echoSearch = (typed: string): Search => ({
  overlap: reach,
  wantsSettled: false,
  find: ({ text, from }) => {
    const end = echoEnd(text.slice(from), typed)
    if (end === undefined) return undefined
    return { name: "echo", start: from, end: from + end, groups: [], named: {} }
  },
})
