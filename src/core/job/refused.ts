import * as z from "zod"

/**
 * A key that may not stand where it does: refused with a sentence instead of as unknown; or, by the sentence's severity,
 * no mistake in itself.
 */
export const refused = (why: string) => z.never({ error: why }).optional()
