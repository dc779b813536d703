import * as z from "zod"

/** Says what is wrong with the value at a path below the mapping that a rule is about. */
export type Report = (path: ReadonlyArray<PropertyKey>, message: string) => void

/** What a rule looks at. */
export interface Subject {
  /** The mapping, without keys that its schema does not know. */
  readonly value: Readonly<Record<string, unknown>>
  /** Whether it has such keys: what seems to be missing may be there, misspelt. */
  readonly hasUnknownKeys: boolean
}

/**
 * A check over several keys of a mapping, to be given to a schema's `check`. Unlike zod's refinements it
 * also runs where some keys are wrong by themselves, so that all mistakes are reported at once; it must
 * therefore take nothing for granted about what it finds.
 */
export const rule = (
  check: (subject: Subject, report: Report) => void,
): z.core.$ZodCheck<unknown> =>
  z.superRefine<unknown>(
    (value, context) => {
      const hasUnknownKeys = context.issues.some(
        (issue) => issue.code === "unrecognized_keys" && (issue.path ?? []).length === 0,
      )
      if (!isMapping(value)) return
      check({ value, hasUnknownKeys }, (path, message) =>
        context.addIssue({ code: "custom", path: [...path], message }),
      )
    },
    { when: ({ value }) => isMapping(value) },
  )

/** A mapping of a document. */
export type Mapping = Readonly<Record<string, unknown>>

/** Whether a value is a mapping of a document. */
export const isMapping = (value: unknown): value is Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value)
