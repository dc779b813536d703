import { isIPv4 } from "node:net"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { freeAddress, isFreeIn, readSubnet } from "../../../../src/core/net/segment/subnet.ts"

describe("a subnet", () => {
  it("is read from the address of a host in it and the prefix's length", () => {
    expect(readSubnet("10.77.0.1/24")).toEqual({
      cidr: "10.77.0.1/24",
      address: "10.77.0.1",
      network: "10.77.0.0",
      mask: "255.255.255.0",
      first: "10.77.0.1",
      last: "10.77.0.254",
    })
    expect(readSubnet("192.168.7.130/25")).toMatchObject({
      network: "192.168.7.128",
      mask: "255.255.255.128",
      last: "192.168.7.254",
    })
  })

  it.each(["10.77.0.0/24", "10.77.0.255/24", "10.77.0.1/31", "10.77.0.1/32"])(
    "is not %s, where nobody else could be, or no host is",
    (cidr) => expect(readSubnet(cidr)).toBeUndefined(),
  )

  it("has room for hosts beside the one it is named by, as many as there are", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 1, max: 30 }), (address, prefix) => {
        const subnet = readSubnet(`${address}/${prefix}`)
        fc.pre(subnet !== undefined)
        for (const each of [subnet.network, subnet.mask, subnet.first, subnet.last]) {
          expect(isIPv4(each)).toBe(true)
        }
        expect(isFreeIn(subnet, address)).toBe(false)
        expect(isFreeIn(subnet, subnet.network)).toBe(false)
        expect([subnet.first, subnet.last].some((each) => isFreeIn(subnet, each))).toBe(true)
        const free = freeAddress(subnet, new Set())
        const isLast = address === subnet.last
        expect(free === undefined ? isLast : isFreeIn(subnet, free)).toBe(true)
      }),
    )
  })

  it("gives each who asks another address, until there is none", () => {
    const subnet = readSubnet("10.77.0.1/29")!
    const taken = new Set(["10.77.0.3"])
    const given: Array<string | undefined> = []
    for (let each = 0; each < 5; each++) {
      const address = freeAddress(subnet, taken)
      given.push(address)
      taken.add(address ?? "")
    }
    expect(given).toEqual(["10.77.0.2", "10.77.0.4", "10.77.0.5", "10.77.0.6", undefined])
  })
})
