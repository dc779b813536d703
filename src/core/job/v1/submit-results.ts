import { type Command, command, text } from "./command.ts"

/** `submit_results`: sends the results to a dashboard when all is done, in whatever way. */
export const submitResults: Command = command(
  { server: text, stream: text, result_disk: text.optional(), token: text.optional() },
  ({ server, stream, token }, { translator, path }) =>
    translator.submit({ path, server, stream, token }),
)
