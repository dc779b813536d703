import { styleText } from "node:util"
import type { Display } from "./output.ts"

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

/** The style for a display. */
export const styleFor = ({ colour, unicode }: Pick<Display, "colour" | "unicode">): Style => {
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
