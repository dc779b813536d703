import * as z from "zod"

/** A key that LAVA has and that cannot be used here: refused with a sentence instead of as unknown. */
export const refused = (why: string) => z.never({ error: why }).optional()
