import type { JobEvent } from "../pipeline/events.ts"

/** The node of an event, in a job with roles. */
type Noded = Pick<JobEvent, "node">

/**
 * What is followed apart for each node of a job with roles, since each has a plan and a console of its own: made when
 * a node is first heard of. What is of the whole job has one, too; it is the only one of a job without roles.
 */
export const perNode = <T>(
  make: () => T,
): { readonly of: (event: Noded) => T; readonly all: () => ReadonlyArray<T> } => {
  const made = new Map<string | undefined, T>()
  return {
    of: ({ node }) => {
      const found = made.get(node) ?? make()
      made.set(node, found)
      return found
    },
    all: () => [...made.values()],
  }
}

/** The name of a suite in a job: of a job with roles, behind its node. */
export const suiteName = ({ node, suite }: Noded & { readonly suite: string }): string =>
  node === undefined ? suite : `${node}/${suite}`
