import { styleText } from "node:util"

/** Where text for a person or a program goes: standard output, or what a test has in its place. */
export interface Output {
  readonly write: (text: string) => void
  /** Whether a person watches, on a terminal that can redraw its lines. */
  readonly live: boolean
  readonly colour: boolean
  /** Whether the terminal shows more than ASCII. */
  readonly unicode: boolean
  /** The window's size as it is now. */
  readonly size: () => { readonly columns: number; readonly rows: number }
}

/** What is asked of a stream: process.stdout has it all. */
export type TextStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean
  readonly getWindowSize?: () => [columns: number, rows: number]
}

/**
 * Standard output as an Output. Colour follows NO_COLOR and FORCE_COLOR, then whether it is a terminal.
 * A reader that went away (`dispatch job.json | head`) does not disturb the job: the rest goes nowhere.
 */
export const openOutput = (
  stream: TextStream = process.stdout,
  environment: NodeJS.ProcessEnv = process.env,
): Output => {
  const { NO_COLOR, FORCE_COLOR, TERM, LC_ALL, LC_CTYPE, LANG } = environment
  const live = stream.isTTY === true && TERM !== "dumb"
  const locale = LC_ALL || LC_CTYPE || LANG
  if (!stream.listeners("error").includes(ignore)) stream.on("error", ignore)
  return {
    write: (text) => void stream.write(text),
    live,
    colour: FORCE_COLOR ? FORCE_COLOR !== "0" : live && !NO_COLOR,
    unicode: TERM !== "linux" && (!locale || /utf-?8/i.test(locale)),
    size: () => {
      const [columns, rows] = stream.getWindowSize?.() ?? []
      return { columns: columns || 80, rows: rows || 24 }
    },
  }
}

const ignore = () => {}

/** A way to emphasise a text, or to leave it as it is where there is no colour. */
export type Paint = (text: string) => string

/** How a view looks: its colours and its signs. */
export interface Style {
  readonly dim: Paint
  readonly bold: Paint
  readonly red: Paint
  readonly green: Paint
  readonly yellow: Paint
  readonly cyan: Paint
  readonly signs: Readonly<Record<Sign, string>>
}

type Sign =
  | "pass"
  | "fail"
  | "skip"
  | "unknown"
  | "warning"
  | "block"
  | "into"
  | "console"
  | "typed"
  | "dot"
  | "full"
  | "empty"
  | "more"
  | "spinner"

const unicodeSigns: Record<Sign, string> = {
  pass: "✔",
  fail: "✖",
  skip: "↷",
  unknown: "?",
  warning: "▲",
  block: "●",
  into: "›",
  console: "│",
  typed: "»",
  dot: "·",
  full: "━",
  empty: "─",
  more: "…",
  spinner: "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏",
}

const asciiSigns: Record<Sign, string> = {
  pass: "+",
  fail: "x",
  skip: "-",
  unknown: "?",
  warning: "!",
  block: "*",
  into: ">",
  console: "|",
  typed: ">",
  dot: "-",
  full: "#",
  empty: ".",
  more: "~",
  spinner: "|/-\\",
}

/** The style for an output. */
export const styleFor = ({ colour, unicode }: Pick<Output, "colour" | "unicode">): Style => {
  const paint =
    (format: Parameters<typeof styleText>[0]): Paint =>
    (text) =>
      colour && text !== "" ? styleText(format, text, { validateStream: false }) : text
  return {
    dim: paint("dim"),
    bold: paint("bold"),
    red: paint("red"),
    green: paint("green"),
    yellow: paint("yellow"),
    cyan: paint("cyan"),
    signs: unicode ? unicodeSigns : asciiSigns,
  }
}
