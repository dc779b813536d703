import * as z from "zod"
import { openMapping } from "../source/open-mapping.ts"
import { noEffect } from "../source/support.ts"
import { isMapping, rule } from "./rule.ts"

/** A time limit of a job, as LAVA's `{minutes: 5}` is normalised. */
export interface Timeout {
  readonly seconds: number
  /** Whether the job goes on with its next block after this limit has passed. */
  readonly skip: boolean
}

const unitSeconds = { days: 86_400, hours: 3_600, minutes: 60, seconds: 1 } as const

const unit = (name: string) =>
  z.number().nonnegative().optional().describe(`${name}; added to the other units`)

const units = {
  days: unit("Days"),
  hours: unit("Hours"),
  minutes: unit("Minutes"),
  seconds: unit("Seconds"),
}

const atLeastOneUnit = rule(({ value, hasUnknownKeys }, report) => {
  const given = Object.keys(unitSeconds).filter((name) => value[name] !== undefined)
  if (given.length === 0 && !hasUnknownKeys) {
    report([], "names no time: give days, hours, minutes or seconds")
  } else if (given.length > 0 && given.every((name) => value[name] === 0)) {
    report([], "is no time at all")
  }
})

/** Number of seconds that `{days, hours, minutes, seconds}` stands for. */
export const toSeconds = (
  value: Partial<Record<keyof typeof unitSeconds, number | undefined>>,
): number =>
  Object.entries(unitSeconds).reduce(
    (sum, [name, seconds]) => sum + seconds * (value[name as keyof typeof unitSeconds] ?? 0),
    0,
  )

const namesTime = (value: unknown): boolean =>
  isMapping(value) && Object.keys(unitSeconds).some((name) => value[name] !== undefined)

/** LAVA's way to write a time limit; several units are added up. */
export const Duration = openMapping(
  {
    ...units,
    skip: noEffect(
      z.boolean(),
      "only the `timeout` of a deploy, boot, test or command can have `skip`",
      Boolean,
    ).describe("Says nothing here"),
  },
  namesTime,
)
  .check(atLeastOneUnit)
  .meta({
    id: "duration",
    title: "Time limit",
    description: 'A time limit, such as {"minutes": 5}; several units are added up',
  })
  .transform((value): Timeout => ({ seconds: toSeconds(value), skip: false }))

/** The time limit of a block, after which the job may go on. */
export const BlockDuration = openMapping(
  {
    ...units,
    skip: z
      .boolean()
      .optional()
      .describe("Go on with the next block when this block runs out of time"),
  },
  namesTime,
)
  .check(atLeastOneUnit)
  .meta({
    id: "block-duration",
    title: "Time limit of a block",
    description: 'A time limit, such as {"minutes": 5}; several units are added up',
  })
  .transform((value): Timeout => ({ seconds: toSeconds(value), skip: value.skip ?? false }))

/** Time limits by name, of actions or of connections. */
export const DurationsByName = z.record(z.string().min(1), Duration)

/** Time limits by name, each in seconds; none where nothing is set. */
export const secondsByName = (
  limits: Readonly<Record<string, Timeout>> = {},
): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(limits).map(([name, { seconds }]) => [name, seconds]))
