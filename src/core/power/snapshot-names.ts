/** For an error about a snapshot that is not there, as the end of a sentence: which there are. */
export const noSuchSnapshot = (wanted: string, known: ReadonlyArray<string>): string =>
  `it has no snapshot "${wanted}"; ${known.length > 0 ? `it has ${known.join(", ")}` : "it has none"}`
