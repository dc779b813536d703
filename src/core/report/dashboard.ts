import type { Bundle } from "../job/v2/bundle.ts"
import { InfrastructureError, messageOf } from "../pipeline/errors.ts"

/** How long a dashboard may take, in milliseconds. */
const patience = 60_000

/**
 * Puts a bundle into a stream of a dashboard of LAVA's first generation: the call `dashboard.put_ex` of XML-RPC, as a
 * user that the address names, whose token is his password. Answers what the dashboard says, the bundle's address.
 *
 * Rejects with an InfrastructureError where it cannot be reached, or refuses the bundle.
 */
export const postBundle = async (
  { server, stream, token }: NonNullable<Bundle["post"]>,
  bundle: string,
  name: string,
): Promise<string> => {
  const url = new URL(server.endsWith("/") ? server : `${server}/`)
  const user = decodeURIComponent(url.username)
  const password = token ?? decodeURIComponent(url.password)
  url.username = ""
  url.password = ""
  const failed = (why: string, cause?: unknown) =>
    new InfrastructureError({
      message: `the results could not be posted to ${url.href}: ${why}`,
      ...(cause !== undefined && { cause }),
    })
  let answer: { readonly status: number; readonly text: string }
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "text/xml",
        ...(user !== "" && {
          authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
        }),
      },
      body: methodCall("dashboard.put_ex", [bundle, name, stream]),
      signal: AbortSignal.timeout(patience),
    })
    answer = { status: response.status, text: await response.text() }
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error
    throw failed(messageOf(cause), error)
  }
  if (answer.status !== 200) throw failed(`it answered with status ${answer.status}`)
  const value = plain(/<value>(?:<string>)?([^<]*)(?:<\/string>)?<\/value>/.exec(answer.text)?.[1])
  if (!answer.text.includes("<fault>")) return value ?? ""
  const [, reason] =
    /<name>faultString<\/name>\s*<value>(?:<string>)?([^<]*)/.exec(answer.text) ?? []
  throw failed(`it refused them: ${plain(reason) ?? "without a reason"}`)
}

const methodCall = (name: string, texts: ReadonlyArray<string>): string => {
  const params = texts.map(
    (text) => `<param><value><string>${escaped(text)}</string></value></param>`,
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n<methodCall><methodName>${name}</methodName><params>${params.join("")}</params></methodCall>\n`
}

/** XML cannot hold most control characters, however written. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\r", "&#13;")

const entities: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  amp: "&",
}

const plain = (text: string | undefined): string | undefined =>
  text?.replace(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole)
