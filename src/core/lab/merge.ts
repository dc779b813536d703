/** A mapping as it stands in a file. */
export type Mapping = Readonly<Record<string, unknown>>

const isMapping = (value: unknown): value is Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * What a device says over what its type says: mappings are merged key by key, anything else (lists
 * too) is replaced, and null takes a key away.
 */
export const merge = (base: Mapping, over: Mapping): Mapping => {
  const merged = new Map(Object.entries(base))
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key)
    if (value === null) merged.delete(key)
    else merged.set(key, isMapping(value) ? merge(isMapping(below) ? below : {}, value) : value)
  }
  return Object.fromEntries(merged)
}
