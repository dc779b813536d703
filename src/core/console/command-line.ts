import { parseArgsStringToArgv } from "string-argv"
import * as z from "zod"
import { quoteWord } from "./quote.ts"

/**
 * A command of the lab file: an argument list, or a string that is split into one as a shell would
 * (quotes are honoured), without starting a shell. The output is always an argument list.
 */
export const CommandLine = z
  .union([z.array(z.string()), z.string().transform((text) => parseArgsStringToArgv(text))], {
    error: "expected a command: a list of arguments, or a string",
  })
  .refine(([program]) => program !== undefined && program !== "", {
    error: "expected the name of a program",
  })

/** A program and its arguments. */
export type CommandLine = ReadonlyArray<string>

/** A command as one would type it, for messages. */
export const showCommand = (command: CommandLine): string => command.map(quoteWord).join(" ")
