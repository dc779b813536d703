import { expect, it } from "vitest"
import { ownerIsGone, ownerPrefix } from "../../src/core/owner.ts"

it("a directory's name tells whether its process is gone", () => {
  const own = ownerPrefix()
  const [pid, start, realm] = own.split(".")
  expect(ownerIsGone(`${own}x`)).toBe(false)
  expect(ownerIsGone(`${pid}.${Number(start) + 1}.${realm}.x`)).toBe(true)
  expect(ownerIsGone(`4194305.${start}.${realm}.x`)).toBe(true)
  expect(ownerIsGone(`${pid}.${start}.0123456789ab.x`)).toBeUndefined()
  expect(ownerIsGone("something else")).toBeUndefined()
})
