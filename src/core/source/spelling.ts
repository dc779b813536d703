import { quote } from "./problem.ts"

/**
 * Number of single-character edits between two words: insert, delete, replace, swap of neighbours
 * (optimal string alignment distance).
 */
export const editDistance = (a: string, b: string): number => {
  let beforeLast: Array<number> = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      const swapped = row > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      current[column] = Math.min(
        last[column]! + 1,
        current[column - 1]! + 1,
        last[column - 1]! + (same ? 0 : 1),
        swapped ? beforeLast[column - 2]! + 1 : Infinity,
      )
    }
    beforeLast = last
    last = current
  }
  return last[b.length]!
}

/** Longer words than this are not typing mistakes of anything. */
const longestWord = 60

/**
 * The candidates that a person may have meant by `word`, nearest first: those a third of the word or
 * less away, whatever the case and whether words are joined by `-` or `_`.
 */
export const nearest = (word: string, candidates: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (word.length > longestWord) return []
  const plain = (text: string) => text.toLowerCase().replaceAll("-", "_")
  return candidates
    .map((candidate) => ({ candidate, edits: editDistance(plain(word), plain(candidate)) }))
    .filter(({ candidate, edits }) => edits <= Math.max(word.length, candidate.length) / 3)
    .toSorted((a, b) => a.edits - b.edits)
    .map(({ candidate }) => candidate)
}

/** For an error about a name that is not there: the names that may have been meant, or all of them. */
export const whatThereIs = (name: string, known: ReadonlyArray<string>): string => {
  const near = nearest(name, known)
  if (near.length > 0) return `did you mean ${quote(near[0]!)}?`
  return known.length > 0 ? `there are ${known.join(", ")}` : "there are none"
}
