import { createInterface } from "node:readline"
import type { Socket } from "node:net"
import * as z from "zod"
import type { Member, Message, Senders } from "./exchange.ts"

/** A node says who it is; the first line of a connection to the exchange. */
export const Hello = z.strictObject({ secret: z.string(), node: z.string() })

const message = z.record(z.string(), z.string()) satisfies z.ZodType<Message>
const nodes = z.array(z.string()).readonly()
const senders = z.union([
  z.strictObject({ all: nodes }),
  z.strictObject({ any: nodes }),
]) satisfies z.ZodType<Senders>

/** What a node asks of the exchange, a line of JSON each, numbered by it. */
export const Question = z.union([
  z.strictObject({ number: z.int(), type: z.literal("send"), id: z.string(), message }),
  z.strictObject({
    number: z.int(),
    type: z.literal("receive"),
    id: z.string(),
    from: senders,
    what: z.string(),
    seconds: z.number(),
  }),
  /** It no longer waits for what it asked under this number. */
  z.strictObject({ number: z.int(), type: z.literal("cancel") }),
  /** It sends nothing any more, and why. */
  z.strictObject({ number: z.int(), type: z.literal("leave"), reason: z.string() }),
])

/** See the schema of the same name. */
export type Question = z.output<typeof Question>

const members = z
  .array(z.strictObject({ node: z.string(), role: z.string() }))
  .readonly() satisfies z.ZodType<ReadonlyArray<Member>>

/** What it is answered: the members first, then an answer to each question but cancel. */
export const Answer = z.union([
  z.strictObject({ members }),
  z.strictObject({ refused: z.string() }),
  z.strictObject({ number: z.int(), messages: z.array(z.tuple([z.string(), message])) }),
  z.strictObject({ number: z.int(), failed: z.string(), timedOut: z.boolean() }),
])

/** See the schema of the same name. */
export type Answer = z.output<typeof Answer>

/** Writes a line; into a connection that has ended, nothing. */
export const tell = (socket: Socket, line: object): void => {
  if (socket.writable) socket.write(`${JSON.stringify(line)}\n`)
}

/** Gives each line that comes, as `schema` has it; a line that is not ends the connection. */
export const hear = <A>(socket: Socket, schema: z.ZodType<A>, on: (line: A) => void): void => {
  const lines = createInterface({ input: socket })
  // The socket's own listeners tell of it.
  lines.on("error", () => {})
  lines.on("line", (text) => {
    try {
      on(schema.parse(JSON.parse(text)))
    } catch (cause) {
      socket.destroy(cause instanceof Error ? cause : undefined)
    }
  })
}
