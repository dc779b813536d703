/** A line longer than this is cut for matching, in characters: noise need not have line ends. */
const lineLimit = 16 * 1024

/**
 * The text of a console that no wait has taken yet. It is in two parts, so that a small chunk costs
 * little: `older`, which is only kept to be told as what came before a match, and `text`, in which a
 * match may still begin. Offsets count characters since the console was opened.
 */
export class UnreadText {
  static readonly defaultLimit = 64 * 1024
  /** The part in which a match may still begin; starts at a line's start. */
  text = ""
  /** Offset of the first character of `text`. */
  textStart = 0
  /** Offset up to which waits have taken the text: a match begins here or later. */
  taken = 0
  /** Offset of the first line that has not been looked at as a whole. */
  lineStart = 0
  /** At most this much text is kept, in characters, oldest lost first; a wait for a long answer may raise it. */
  limit = UnreadText.defaultLimit
  #older: Array<string> = []
  #olderLength = 0

  /** Offset of the end of all that has come. */
  get end(): number {
    return this.textStart + this.text.length
  }

  /** All unread text. */
  get all(): string {
    return this.before(this.end)
  }

  append(text: string): void {
    this.text += text
  }

  /** Lets go of the lines that were looked at, but for the last `overlap` characters of them. */
  settle(overlap: number): void {
    const lineStart = this.text.lastIndexOf("\n") + 1
    const partial = this.text.length - lineStart
    const cut = partial > lineLimit ? this.text.length : lineStart
    this.lineStart = this.textStart + cut
    const keepFrom = Math.max(0, cut - overlap)
    if (keepFrom === 0) return
    this.#age(this.text.slice(0, keepFrom))
    this.text = this.text.slice(keepFrom)
    this.textStart += keepFrom
  }

  /** All unread text becomes searchable, for a wait that begins. */
  reopen(): void {
    if (this.#olderLength > 0) {
      this.text = this.#older.join("") + this.text
      this.textStart -= this.#olderLength
      this.#forgetOlder()
    }
    this.lineStart = Math.max(this.textStart, this.taken)
  }

  /** The unread text from the last take up to an offset. */
  before(end: number): string {
    const start = this.textStart - this.#olderLength
    const from = Math.max(0, this.taken - start)
    return (this.#older.join("") + this.text).slice(from, Math.max(from, end - start))
  }

  /** Marks everything up to an offset as read. */
  take(end: number): void {
    this.#forgetOlder()
    this.taken = end
    // The line's beginning stays, so that `^` knows where lines start.
    const line = this.text.slice(0, end - this.textStart).lastIndexOf("\n") + 1
    this.text = this.text.slice(line)
    this.textStart += line
    this.lineStart = this.textStart
  }

  #age(text: string): void {
    this.#older.push(text)
    this.#olderLength += text.length
    while (this.#olderLength - this.#older[0]!.length >= this.limit)
      this.#olderLength -= this.#older.shift()!.length
    if (this.#older.length === 1 && this.#olderLength > this.limit) {
      this.#older[0] = this.#older[0]!.slice(-this.limit)
      this.#olderLength = this.limit
    }
  }

  #forgetOlder(): void {
    this.#older = []
    this.#olderLength = 0
  }
}
