/** What of a result, as LAVA writes it, is looked at. */
export interface Result {
  readonly definition: string
  readonly case: string
  readonly result: string
  readonly measurement?: number | string
  readonly units?: string
  readonly set?: string
  readonly reference?: string
  readonly error_type?: string
}

/** What a job came to. */
export interface Outcome {
  readonly log: string
  readonly results: ReadonlyArray<Result>
}

/** What of the results must be the same, a line each, in no order: a result that comes again counts once. */
export const compared = ({ results }: Outcome): ReadonlyArray<string> =>
  [...new Set(results.map(line))].toSorted()

const line = ({ definition, case: name, ...other }: Result): string => {
  const { result, measurement, units = "", set, reference, error_type: errorType = "" } = other
  return [
    `${definition} ${name} ${result}`,
    measurement === undefined ? "" : `${Number(measurement)} ${units}`.trim(),
    set === undefined ? "" : `in ${set}`,
    reference ?? "",
    // How the job ended.
    definition === "lava" && name === "job" ? errorType : "",
  ]
    .filter((part) => part !== "")
    .join(", ")
}
