import * as z from "zod"
import { Artifact } from "../../../artifacts/artifact.ts"
import { os } from "./os.ts"

/** `deploy` with `to: ssh`: files are copied to a host that runs already. */
export const ssh = z
  .strictObject({
    os,
    files: z
      .record(
        z.string().regex(/^\/[^\0]*[^/\0]$/, 'expected a path such as "/root/my.deb"'),
        Artifact,
      )
      .default({})
      .describe("Files to copy, by their paths on the host; they are removed when the job ends"),
  })
  .meta({
    title: "Copy to a host",
    description:
      "Copies files by ssh to a host that runs already; what the job leaves there is removed at its end",
  })
