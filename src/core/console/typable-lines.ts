/** Lines up to this length are typed as they are; a terminal in canonical mode takes 4095 at most (termios(3)). */
const longestLine = 200
/** Characters of a command in one of the lines that bring it piece by piece. */
const pieceLength = 120

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
  const load = ["_lab="]
  for (let start = 0; start < bytes.length; start += pieceLength) {
    // The dot keeps line ends at the end, which a substitution would drop.
    const piece = printfArgument(bytes.subarray(start, start + pieceLength))
    load.push(`_lab=$_lab$(printf %b. '${piece}') && _lab=\${_lab%.}`)
  }
  // Some shells count characters, others bytes.
  load.push(`[ \${#_lab} = ${Array.from(command).length} ] || [ \${#_lab} = ${bytes.length} ]`)
  return { load, run: `eval "$_lab"` }
}

/** Bytes as the argument of printf's %b (POSIX), inside single quotes. */
const printfArgument = (bytes: Uint8Array): string => {
  let argument = ""
  for (const byte of bytes) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x5c && byte !== 0x27
    argument += plain ? String.fromCharCode(byte) : `\\0${byte.toString(8).padStart(3, "0")}`
  }
  return argument
}
