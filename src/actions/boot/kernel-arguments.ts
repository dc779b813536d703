/** Kernel arguments from several places, in their order, as one command line. */
export const kernelArguments = (...parts: ReadonlyArray<string | undefined>): string =>
  parts.filter((part) => part !== undefined && part !== "").join(" ")
