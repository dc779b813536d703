import type { JobEvent } from "../../pipeline/events.ts"
import type { Style } from "../style.ts"
import { pad, textWidth } from "./text.ts"

/** What stands before the lines of each node of a job with roles; nothing in a job without. */
export interface NodeLabels {
  /** Takes the job's start, which names the nodes. */
  readonly event: (event: JobEvent) => void
  /** The label of a node's lines, all as wide; empty for lines of the whole job. */
  readonly of: (node: string | undefined) => string
  /** Columns of a label. */
  readonly width: () => number
}

/** Makes the labels of a job's nodes. */
export const nodeLabels = ({ cyan }: Style): NodeLabels => {
  let width = 0
  return {
    event: (event) => {
      if (event.type !== "job-started") return
      const names = event.nodes?.map(({ node }) => textWidth(node) + 1) ?? []
      width = Math.max(0, ...names)
    },
    of: (node) => (node === undefined ? "" : cyan(pad(node, width))),
    width: () => width,
  }
}
