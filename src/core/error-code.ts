/** Whether an error is one of Node's with one of these codes: "ENOENT". */
export const hasCode = (error: unknown, ...codes: ReadonlyArray<string>): boolean =>
  error instanceof Error && "code" in error && codes.includes(String(error.code))

/** Whether an error says that there is no such file. */
export const isMissing = (error: unknown): boolean => hasCode(error, "ENOENT")
