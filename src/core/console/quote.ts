/**
 * A text as one word of a POSIX shell (POSIX.1-2017, Shell Command Language 2.2): as it is when
 * nothing in it is special, else in single quotes.
 */
export const quoteWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
