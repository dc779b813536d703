/** The part of a file that is asked for: from `start` up to `end`, not included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * Reads a Range header (RFC 9110 section 14.2) for a file of `size` bytes. Undefined if there is none
 * that must be heeded: malformed, of another unit, or of several parts, which a server may answer with
 * the whole file; "unsatisfiable" if it lies outside of the file.
 */
export const parseRange = (
  header: string | undefined,
  size: number,
): ByteRange | "unsatisfiable" | undefined => {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header?.trim() ?? "") ?? []
  if (first === undefined || last === undefined || first + last === "") return undefined
  if (first === "") {
    const suffix = Math.min(Number(last), size)
    return suffix === 0 ? "unsatisfiable" : { start: size - suffix, end: size }
  }
  const start = Number(first)
  const end = last === "" ? size : Math.min(Number(last) + 1, size)
  if (last !== "" && Number(last) < start) return undefined
  return start < size ? { start, end } : "unsatisfiable"
}
