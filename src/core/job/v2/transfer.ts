import * as z from "zod"
import { refused } from "../refused.ts"
import { blockKeys } from "./block.ts"
import { name } from "./text.ts"

const path = z.string().min(1).regex(/^\//, "expected an absolute path")

/** `transfer`: takes a file from one role's device to another's. LAVA has no such block. */
export const transfer = z
  .strictObject({
    from: z
      .strictObject({
        role: name.describe("The role whose device has the file"),
        path: path.describe(
          "The file; `*`, `?` and `[...]` may stand for what must match one file",
        ),
      })
      .describe("Where the file is"),
    to: z
      .strictObject({
        role: name.describe("The role whose devices get the file"),
        path: path.describe(
          "Where to put it: a directory, with a / at its end, or the file's path",
        ),
      })
      .describe("Where the file goes"),
    ...blockKeys,
    repeat: refused("a file need not be transferred again: leave `repeat` away"),
  })
  .meta({
    title: "Transfer a file",
    description: "Takes a file from one role's device to another's; both arrive here",
  })
