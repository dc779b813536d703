import { summarize } from "../testshell/stamp.ts"
import type { Message, Messages } from "./exchange.ts"

/**
 * What a test on the device asks of the other nodes, one line of console text each, in LAVA's form but for the end:
 * `<LAVA_MULTI_NODE> <LAVA_SEND id key=value... #number.length.sum>`. The device says it again until it is answered.
 */
export type Call = {
  /** Counts the calls of one run of lava-test-runner. */
  readonly number: number
  /** The name that both sides give to what is sent and waited for. */
  readonly id: string
} & (
  | { readonly type: "SEND"; readonly message: Message }
  | { readonly type: "SYNC" | "WAIT" }
  | { readonly type: "WAIT_ALL"; readonly role?: string }
)

/** What a call comes to: what others have sent, or why it cannot be had. */
export type Outcome = { readonly messages: Messages } | { readonly refused: string }

const form =
  /(<LAVA_MULTI_NODE> <LAVA_(SEND|SYNC|WAIT|WAIT_ALL) ([^<>]*?) #(\d{1,9}))\.(\d{1,9})\.(\d{1,9})>/

/** Reads the call in a line; undefined where there is none that came whole. */
export const readCall = (line: string): Call | undefined => {
  const match = form.exec(line)
  if (match === null) return undefined
  const [, covered = "", type, text = "", number, length, sum] = match
  const summary = summarize(covered)
  if (summary.length !== Number(length) || summary.sum !== Number(sum)) return undefined
  const [id = "", ...words] = text.split(" ")
  const common = { number: Number(number), id }
  if (type === "SEND") return { ...common, type, message: pairsOf(words.join(" ")) }
  if (type === "SYNC" || type === "WAIT") return { ...common, type }
  const [role] = words
  return { ...common, type: "WAIT_ALL", ...(role !== undefined && { role }) }
}

/** key=value pairs; a value goes on up to the next pair. */
const pairsOf = (text: string): Message => {
  const pairs = text.split(/ +(?=[^\s=]+=)/).flatMap((pair) => {
    const equals = pair.indexOf("=")
    return equals < 1 ? [] : [[pair.slice(0, equals), pair.slice(equals + 1)] as const]
  })
  return Object.fromEntries(pairs)
}

/** Lines up to this length are typed: some systems take no more than 255 characters at once. */
const longestLine = 200

/** The answer to a call, in lines to be typed: the device puts them together again up to the `>`. */
export const answerTo = ({ type, number }: Call, outcome: Outcome): ReadonlyArray<string> => {
  const said = "refused" in outcome ? ["nack", outcome.refused] : pairsIn(outcome.messages)
  const words = [`LAVA_${type}_COMPLETE`, ...said].join(" ").split(/[<>\s]+/)
  const covered = `<${words.join(" ").trim()} #${number}`
  const { length, sum } = summarize(covered)
  return `${covered}.${length}.${sum}>`.match(new RegExp(`.{1,${longestLine}}`, "g")) ?? []
}

const pairsIn = (messages: Messages): ReadonlyArray<string> =>
  [...messages].flatMap(([node, message]) =>
    Object.entries(message).map(([key, value]) => `${node}:${key}=${value}`),
  )

/** The name of a call's test case, as LAVA has it: "multinode-wait_all-ready". */
export const caseOf = ({ type, id }: Call): string => `multinode-${type}-${id}`.toLowerCase()
