import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { negotiate } from "../../../../src/core/net/tftp/options.ts"

describe("negotiate", () => {
  it("falls back to RFC 1350 without options", () => {
    expect(negotiate([], 100)).toEqual({
      blksize: 512,
      windowsize: 1,
      timeoutMs: undefined,
      tsizeAsked: false,
      accepted: [],
    })
  })

  it("answers in the order asked, whatever the case of the names", () => {
    const { accepted, blksize } = negotiate(
      [
        ["TSIZE", "0"],
        ["multicast", ""],
        ["BlkSize", "1468"],
        ["timeout", "5"],
      ],
      1234,
    )
    expect(accepted).toEqual([
      ["tsize", "1234"],
      ["blksize", "1468"],
      ["timeout", "5"],
    ])
    expect(blksize).toBe(1468)
  })

  it.each([
    ["blksize", "7"],
    ["blksize", "-1"],
    ["blksize", "0x200"],
    ["blksize", ""],
    ["windowsize", "0"],
    ["timeout", "0"],
    ["timeout", "256"],
    ["rollover", "0"],
    ["utimeout", "100000"],
  ])("passes over %s %s", (name, value) => {
    expect(negotiate([[name, value]], 1).accepted).toEqual([])
  })

  it("does not name a size that it does not know", () => {
    expect(negotiate([["tsize", "0"]], undefined)).toMatchObject({ accepted: [], tsizeAsked: true })
  })

  it("never agrees to more than was asked for, nor to more than 128 KiB under way", () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(100_000), (blksize, windowsize) => {
        const asked = [
          ["blksize", String(blksize)],
          ["windowsize", String(windowsize)],
        ] as const
        const settings = negotiate(asked, 1)
        for (const [name, value] of settings.accepted) {
          expect(Number(value)).toBeLessThanOrEqual(name === "blksize" ? blksize : windowsize)
          expect(Number(value)).toBe(name === "blksize" ? settings.blksize : settings.windowsize)
        }
        expect(settings.blksize).toBeGreaterThanOrEqual(8)
        expect(settings.blksize).toBeLessThanOrEqual(65464)
        expect(settings.windowsize).toBeGreaterThanOrEqual(1)
        expect((settings.windowsize - 1) * settings.blksize).toBeLessThanOrEqual(128 * 1024)
      }),
    )
  })
})
