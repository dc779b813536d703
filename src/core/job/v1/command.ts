import * as z from "zod"
import type { Path } from "../dialect/draft.ts"
import type { Translator } from "./translator.ts"

/** A command of a job, and what is known around it. */
export interface Step {
  readonly translator: Translator
  /** Where it stands: `["actions", 2]`. */
  readonly path: Path
  /** Where one of its parameters stands. */
  readonly at: (parameter: string) => Path
  /** The roles that do it; undefined in a job without roles. */
  readonly roles: ReadonlyArray<string> | undefined
}

/** A command of LAVA's first format: what it takes, and what becomes of it. */
export interface Command {
  readonly parameters: z.ZodType
  readonly translate: (parameters: never, step: Step) => void
}

/** A command that is refused, with what to use instead. */
export interface RefusedCommand {
  readonly refused: string
}

/**
 * Makes a command of its parameters and its translation. Parameters that LAVA did not know are mistakes, as they were
 * there; any command may be for one role.
 */
export const command = <Shape extends z.ZodRawShape>(
  shape: Shape,
  translate: (parameters: z.output<z.ZodObject<Shape>>, step: Step) => void,
): Command => ({
  parameters: z.strictObject({ ...shape, role: z.string().min(1).optional() }),
  translate,
})

/** A time limit in seconds. */
export const seconds = z.number().positive()

/** A number of times. */
export const times = z.int().min(1)

/** A text that says something. */
export const text = z.string().min(1)
