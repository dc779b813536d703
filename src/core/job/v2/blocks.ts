import { isMapping, type Mapping } from "../rule.ts"

/** A block of a job that may have mistakes, and where it stands. */
export interface Block {
  /** `["actions", 2, "boot"]` */
  readonly path: ReadonlyArray<PropertyKey>
  readonly block: Mapping
}

/** The blocks of a job as it was written. */
export const blocksOf = (job: Mapping): ReadonlyArray<Block> => {
  const actions = job["actions"]
  if (!Array.isArray(actions)) return []
  return actions.flatMap((action: unknown, index) =>
    isMapping(action)
      ? Object.entries(action).flatMap(([kind, block]) =>
          isMapping(block) ? [{ path: ["actions", index, kind], block }] : [],
        )
      : [],
  )
}
