import * as z from "zod"
import { Artifact } from "../../../artifacts/artifact.ts"
import { notHere } from "../../../source/support.ts"
import { openMapping } from "../../../source/open-mapping.ts"
import { deployKeys } from "./os.ts"

const fetched = notHere(Artifact, "is put nowhere: copy it by `files`").describe(
  "A file for the host, which LAVA fetches",
)

/** `deploy` with `to: ssh`: files are copied to a host that runs already. */
export const ssh = openMapping({
  ...deployKeys,
  files: z
    .record(
      z.string().regex(/^\/[^\0]*[^/\0]$/, 'expected a path such as "/root/my.deb"'),
      Artifact,
    )
    .default({})
    .describe("Files to copy, by their paths on the host; they are removed when the job ends"),
  firmware: fetched,
  kernel: fetched,
  rootfs: fetched,
  modules: fetched,
}).meta({
  title: "Copy to a host",
  description:
    "Copies files by ssh to a host that runs already; what the job leaves there is removed at its end",
})
