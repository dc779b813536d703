import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { BugError } from "./errors.ts"

/** Names one piece of data that a step leaves for a later one, and its type. */
export interface DataKey<A> {
  readonly name: string
  /** Whose it is: a block may use the connection of another namespace, and with it what is known of that system. */
  readonly of: "namespace" | "connection" | "job"
  /** Only for the type checker. */
  readonly _type?: A
}

/**
 * Makes a key.
 *
 * @param name appears in the error of a step that asks before anybody answered
 * @param of "connection" for what is known of the system at the other end of the console, "job" for what all
 *   namespaces share
 */
export const dataKey = <A>(name: string, of: DataKey<A>["of"] = "namespace"): DataKey<A> => ({
  name,
  of,
})

/** What the steps of a job leave for each other, apart per namespace. */
export class JobData extends Context.Service<
  JobData,
  { readonly namespaces: Map<string, Map<DataKey<unknown>, unknown>> }
>()("lab-dispatch/JobData") {
  /** A job's data, empty. */
  static readonly make = () => JobData.of({ namespaces: new Map() })
}

/** The namespace of a job that has no other, and of what all of them share. No block can name it. */
export const commonNamespace = "common"

/** The namespace of the running action: `common` unless the job's block names one. */
export const CurrentNamespace = Context.Reference<string>("lab-dispatch/CurrentNamespace", {
  defaultValue: () => commonNamespace,
})

/** The namespace whose connection the running action uses: LAVA's `connection-namespace`; else its own. */
export const CurrentConnectionNamespace = Context.Reference<string | undefined>(
  "lab-dispatch/CurrentConnectionNamespace",
  { defaultValue: () => undefined },
)

const cellsFor = ({ of }: DataKey<unknown>) =>
  Effect.gen(function* () {
    const { namespaces } = yield* JobData
    const own = yield* CurrentNamespace
    const connection = (yield* CurrentConnectionNamespace) ?? own
    const name = { namespace: own, connection, job: commonNamespace }[of]
    const found = namespaces.get(name) ?? new Map<DataKey<unknown>, unknown>()
    namespaces.set(name, found)
    return found
  })

/** Leaves a value for the later steps of this namespace. */
export const setData = <A>(key: DataKey<A>, value: A): Effect.Effect<void, never, JobData> =>
  Effect.map(cellsFor(key), (map) => void map.set(key, value))

/** The value, or undefined where no step has left one. */
export const findData = <A>(key: DataKey<A>): Effect.Effect<A | undefined, never, JobData> =>
  Effect.map(cellsFor(key), (map) => map.get(key) as A | undefined)

/** The value; a BugError where no earlier step has left one, since then the plan is wrong. */
export const getData = <A>(key: DataKey<A>): Effect.Effect<A, BugError, JobData> =>
  Effect.flatMap(cellsFor(key), (map) =>
    map.has(key)
      ? Effect.succeed(map.get(key) as A)
      : Effect.fail(new BugError({ message: `no earlier action has left "${key.name}"` })),
  )
