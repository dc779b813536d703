import type { JobAction, JobDefinition } from "./v2/job.ts"
import type { Role } from "./v2/protocols.ts"

/** What a device is in a job with roles. */
export interface NodeRole {
  /** Unique in the job: the role's name, with a number where the role has several devices ("client.2"). */
  readonly node: string
  readonly role: string
  /** When it fails, the other nodes are ended at once. */
  readonly essential: boolean
  /** The longest that it waits for other nodes, in seconds, where the job says it. */
  readonly waitSeconds?: number
}

/** A node of a job: one device's part of it. */
export interface JobNode {
  /** Absent where the job has one device and no roles. */
  readonly role?: NodeRole
  /** The job as if it were for this device alone: its own blocks, device, context and environment. */
  readonly definition: JobDefinition
}

/** The parts of a job, one for each device that it needs, in the order of its roles. */
export const nodesOf = (job: JobDefinition): ReadonlyArray<JobNode> => {
  const { protocols, ...common } = job
  const multinode = protocols?.["lava-multinode"]
  if (!multinode) return [{ definition: job }]
  return Object.entries(multinode.roles).flatMap(([name, role]) => {
    const definition = {
      ...common,
      ...wishOf(role),
      actions: job.actions.filter((each) => rolesOf(each)?.includes(name) ?? true),
    }
    const wait = role.timeout ?? multinode.timeout
    return Array.from({ length: role.count }, (_, index) => ({
      role: {
        node: role.count === 1 ? name : `${name}.${index + 1}`,
        role: name,
        essential: role.essential,
        ...(wait && { waitSeconds: wait.seconds }),
      },
      definition,
    }))
  })
}

const wishOf = ({ device, device_type, tags, context, environment }: Role) => ({
  device,
  device_type,
  tags,
  context,
  environment,
})

/** The roles that do an action; undefined where all do. */
const rolesOf = (action: JobAction): ReadonlyArray<string> | undefined => {
  if ("transfer" in action) return [action.transfer.from.role, action.transfer.to.role]
  const [block] = Object.values(action)
  return block?.role
}
