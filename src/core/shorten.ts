/** A text for a message: on one line, and cut at `most` characters. */
export const shorten = (text: string, most: number): string => {
  const line = text.replace(/\s+/g, " ").trim()
  return line.length > most ? `${line.slice(0, most)}...` : line
}
