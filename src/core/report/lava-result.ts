import type { CaseResult, CaseResultEvent, TestSource } from "../pipeline/events.ts"
import { decimal, flow, mapping } from "./lava-yaml.ts"

/** One result as LAVA writes it. `measurement` is a number in the files, every digit of it kept. */
export interface LavaResult {
  readonly definition: string
  readonly case: string
  readonly result: CaseResult
  readonly set?: string | undefined
  readonly measurement?: string | undefined
  readonly units?: string | undefined
  readonly reference?: string | undefined
  readonly namespace?: string | undefined
  /** In a job with roles: whose result it is. LAVA has a job for each node instead. */
  readonly node?: string | undefined
  readonly level?: string | undefined
  /** Seconds, with two decimals. */
  readonly duration?: string | undefined
  /** Where the log speaks of this case: its first and last line, counted from 0. */
  readonly starttc?: number | undefined
  readonly endtc?: number | undefined
  readonly error_msg?: string | undefined
  readonly error_type?: string | undefined
  /** Of the result of a whole test definition: which one it was. */
  readonly uuid?: string | undefined
  readonly repository?: unknown
  readonly path?: string | undefined
  readonly revision?: string | undefined
  readonly commit_id?: string | undefined
  readonly extra?: unknown
}

/** Lines of the log, counted from 0. */
export interface LogLines {
  readonly start?: number
  readonly end?: number
}

/** A result event in LAVA's shape. */
export const lavaResult = (
  event: CaseResultEvent & { readonly node?: string },
  lines: LogLines = {},
): LavaResult => ({
  definition: event.suite,
  case: event.case,
  result: event.result,
  set: event.set,
  measurement: event.measurement,
  units: event.units,
  reference: event.reference,
  namespace: event.namespace,
  node: event.node,
  level: event.level,
  duration: event.durationSeconds?.toFixed(2),
  starttc: lines.start,
  endtc: lines.end,
  error_msg: event.errorMessage,
  error_type: event.errorType,
  ...(event.test && testKeys(event.test)),
  extra: event.extra,
})

const testKeys = ({ uuid, repository, path, revision = "unspecified", commit }: TestSource) => ({
  uuid,
  repository,
  path,
  revision,
  commit_id: commit,
})

/** A result on one line, for JSON and for YAML alike; its keys in the order of the alphabet, as LAVA writes them. */
export const resultText = (result: LavaResult): string =>
  mapping(
    Object.entries(result)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, value]) => [
        key,
        key === "measurement" && typeof value === "string"
          ? (decimal(value) ?? flow(value))
          : value === undefined
            ? undefined
            : flow(value),
      ]),
  )
