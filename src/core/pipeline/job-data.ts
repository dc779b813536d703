import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { BugError } from "./errors.ts"

/** Names one piece of data that a step leaves for a later one, and its type. */
export interface DataKey<A> {
  readonly name: string
  /** Only for the type checker. */
  readonly _type?: A
}

/** Makes a key; `name` appears in the error of a step that asks before anybody answered. */
export const dataKey = <A>(name: string): DataKey<A> => ({ name })

/** What the steps of a job leave for each other, apart per namespace. */
export class JobData extends Context.Service<
  JobData,
  { readonly namespaces: Map<string, Map<DataKey<unknown>, unknown>> }
>()("lab-dispatch/JobData") {
  /** A job's data, empty. */
  static readonly make = () => JobData.of({ namespaces: new Map() })
}

/** The namespace of the running action: `common` unless the job's block names one. */
export const CurrentNamespace = Context.Reference<string>("lab-dispatch/CurrentNamespace", {
  defaultValue: () => "common",
})

const cells = Effect.gen(function* () {
  const { namespaces } = yield* JobData
  const name = yield* CurrentNamespace
  const found = namespaces.get(name) ?? new Map<DataKey<unknown>, unknown>()
  namespaces.set(name, found)
  return found
})

/** Leaves a value for the later steps of this namespace. */
export const setData = <A>(key: DataKey<A>, value: A): Effect.Effect<void, never, JobData> =>
  Effect.map(cells, (map) => void map.set(key, value))

/** The value, or undefined where no step has left one. */
export const findData = <A>(key: DataKey<A>): Effect.Effect<A | undefined, never, JobData> =>
  Effect.map(cells, (map) => map.get(key) as A | undefined)

/** The value; a BugError where no earlier step has left one, since then the plan is wrong. */
export const getData = <A>(key: DataKey<A>): Effect.Effect<A, BugError, JobData> =>
  Effect.flatMap(cells, (map) =>
    map.has(key)
      ? Effect.succeed(map.get(key) as A)
      : Effect.fail(new BugError({ message: `no earlier action has left "${key.name}"` })),
  )
