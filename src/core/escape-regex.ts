/** The source of a regular expression that matches the text as it is. (`RegExp.escape` is too new for Node 22.) */
export const escapeRegex = (text: string): string =>
  text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&").replaceAll("\n", "\\n")
