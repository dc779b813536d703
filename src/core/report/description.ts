import { stringify } from "yaml"
import type { DescribedAction, JobStarted } from "../pipeline/events.ts"

/**
 * A job's plan as LAVA describes it in description.yaml, but for the names of its Python classes. Of a job with roles
 * each node has its own, since LAVA has a job for each.
 */
export const description = ({ plan, nodes }: JobStarted): string =>
  stringify({
    // Of plans of this shape, in LAVA's counting.
    compatibility: 4,
    ...(plan && { pipeline: plan.map(describe) }),
    ...(nodes && {
      nodes: Object.fromEntries(
        nodes.map(({ node, plan = [] }) => [node, { pipeline: plan.map(describe) }]),
      ),
    }),
  })

const describe = (action: DescribedAction): object => ({
  description: action.description,
  level: action.level,
  max_retries: action.attempts,
  name: action.name,
  ...(action.children.length > 0 && { pipeline: action.children.map(describe) }),
  summary: action.description,
  timeout: action.timeoutSeconds,
})
