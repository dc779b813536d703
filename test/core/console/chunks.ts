import fc from "fast-check"

/** Bytes, and the same bytes cut into chunks. */
export interface Chunked {
  readonly bytes: Uint8Array
  readonly chunks: ReadonlyArray<Uint8Array>
}

/** Any cutting of some bytes, down to single ones. */
export const chunked = (bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Chunked> =>
  bytes.chain((bytes) =>
    fc
      .array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 2 * bytes.length })
      .map((cuts) => {
        const ends = [...cuts.toSorted((a, b) => a - b), bytes.length]
        return { bytes, chunks: ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end)) }
      }),
  )

/** Text made of pieces of a list, as bytes: what a console might write. */
export const textOf = (pieces: ReadonlyArray<string>, maxLength = 40): fc.Arbitrary<Uint8Array> =>
  fc.array(fc.constantFrom(...pieces), { maxLength }).map((parts) => Buffer.from(parts.join("")))
