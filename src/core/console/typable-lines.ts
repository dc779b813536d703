/**
 * Lines up to this length are typed as they are, in characters. The line editors of small systems take 512 at most; a
 * terminal in canonical mode 4095 (termios(3)).
 */
const longestLine = 400

/** A command as lines that can be typed at a shell's prompt. */
export interface TypableLines {
  /** Lines that bring the command to the shell; each must end with status 0. */
  readonly load: ReadonlyArray<string>
  /** The line that runs it. */
  readonly run: string
}

/**
 * Makes a command typable. A short one of plain characters is typed as it is. Any other - long, with
 * line ends, tabs (which an editor takes for a wish to complete) or other than ASCII - is put into a
 * variable piece by piece, its length is compared, and it is run from there: no file is needed, so it
 * works on a read-only root as well.
 */
export const typableLines = (command: string): TypableLines => {
  if (command.length <= longestLine && /^[\x20-\x7e]*$/.test(command))
    return { load: [], run: command }
  const bytes = Buffer.from(command)
  const load = ["_lab=", ...pieces(bytes).map(appending)]
  const characters = command.replace(/[\ud800-\udbff][\udc00-\udfff]/g, "_").length
  // Some shells count characters, others bytes.
  load.push(`[ \${#_lab} = ${characters} ] || [ \${#_lab} = ${bytes.length} ]`)
  return { load, run: `eval "$_lab"` }
}

/** Bytes in pieces that can stand between single quotes, most as they are, the others as printf's %b (POSIX) has them. */
const pieces = (bytes: Buffer): ReadonlyArray<string> => {
  const escaped = bytes
    .toString("latin1")
    .replace(
      /[^\x20-\x7e]|[\\']/g,
      (byte) => `\\0${byte.charCodeAt(0).toString(8).padStart(3, "0")}`,
    )
  const all: Array<string> = []
  for (let start = 0, end = 0; start < escaped.length; start = end) {
    end = start + longestPiece
    // Not through the five characters of an escape.
    const last = escaped.lastIndexOf("\\", end - 1)
    if (last > end - 5) end = last
    all.push(escaped.slice(start, end))
  }
  return all
}

/** The rest of the line is for what appends it. */
const longestPiece = longestLine - 50

/** The line that appends a piece. What needs no printf is spared the process that a substitution is. */
const appending = (piece: string): string =>
  piece.includes("\\")
    ? // The dot keeps line ends at the end, which a substitution would drop.
      `_lab=$_lab$(printf %b. '${piece}') && _lab=\${_lab%.}`
    : `_lab=$_lab'${piece}'`
