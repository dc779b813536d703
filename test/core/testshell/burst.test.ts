import { mkdtemp } from "node:fs/promises"
import * as fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import type { Overlay } from "../../../src/core/testshell/overlay.ts"
import type { Signal } from "../../../src/core/testshell/signal.ts"
import { SignalParser } from "../../../src/core/testshell/signals.ts"
import {
  type DeviceShell,
  deviceShells,
  onConsole,
  overlayOf,
  runStage,
  useDirectory,
} from "./device.ts"
import { kernelMessage, pieces } from "./noise.ts"

const directory = useDirectory()
const seed = 20_240_817

/** Numbers from 0 to `below`, the same at every run. */
const random = (start: number) => {
  let state = start
  return (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return Math.floor((state / 0x80000000) * below)
  }
}

const messages = fc.sample(kernelMessage, { numRuns: 500, seed })

/** Text with something put in every few characters; `every` is about how many. */
const noisy = (
  text: string,
  every: number,
  next: (below: number) => number,
  noise = messages,
): string => {
  let out = ""
  for (let at = 0; at < text.length;) {
    const size = 1 + next(2 * every)
    out += text.slice(at, at + size) + (noise[next(noise.length)] ?? "")
    at += size
  }
  return out
}

const count = 1000
const expected: ReadonlyArray<Signal> = [
  { type: "STARTRUN", definition: "0_burst", uuid: "1_1.0" },
  ...Array.from({ length: count }, (_, index) => ({
    type: "TESTCASE" as const,
    case: `case-${index}`,
    result: index % 3 === 0 ? ("fail" as const) : ("pass" as const),
    measurement: String(index),
    units: "count",
  })),
  { type: "ENDRUN", definition: "0_burst", uuid: "1_1.0", exit: 0 },
  { type: "EXIT" },
]

const feed = (parser: SignalParser, text: string): Signal[] =>
  pieces(text, [7, 64, 1, 300]).flatMap((piece) => parser.push(piece))

describe.each(["busybox", "dash"])(
  "a burst of 1,000 signals written by %s",
  { timeout: 60_000 },
  (name) => {
    let device: DeviceShell
    let overlay: Overlay
    let clean = ""
    beforeAll(async () => {
      const shells = await deviceShells(await mkdtemp(`${directory.path}/`))
      const found = shells.find((shell) => shell.name === name)
      if (found === undefined) throw new Error(`no shell ${name}`)
      device = found
      overlay = await overlayOf(directory.path, device, {
        burst: [
          "set +x",
          "i=0",
          `while [ $i -lt ${count} ]; do`,
          "  if [ $((i % 3)) -eq 0 ]; then result=fail; else result=pass; fi",
          "  lava-test-case case-$i --result $result --measurement $i --units count",
          "  i=$((i + 1))",
          "done",
        ],
      })
      clean = await runStage(device, overlay)
    }, 60_000)

    it("arrives", () => {
      expect(feed(new SignalParser({ stage: "0" }), clean)).toEqual(expected)
    })

    it.each([400, 100, 40])(
      "loses none with a kernel message about every %i characters",
      (every) => {
        const parser = new SignalParser({ stage: "0" })
        expect(feed(parser, noisy(clean, every, random(every)))).toEqual(expected)
        expect(parser.request()).toBeUndefined()
      },
    )

    it("loses none when what falls in has no time stamp, characters are lost, and so when it is asked again", async () => {
      const next = random(seed)
      const other = [
        "INFO: a line of another program\r\n",
        "> more\r\n",
        "x",
        "<LAVA\r\n",
        "#1.2.3\r\n",
      ]
      const damaged = (text: string): string => {
        const lossy = Array.from({ length: text.length }, (_, at) =>
          next(500) === 0 ? "" : text[at],
        )
        return noisy(noisy(lossy.join(""), 300, next, other), 200, next)
      }
      const parser = new SignalParser({ stage: "0" })
      const signals = feed(parser, damaged(clean))
      expect(parser.missing().length).toBeGreaterThan(100)
      let asked = 0
      for (let request = parser.request(); request !== undefined; request = parser.request()) {
        expect(++asked).toBeLessThan(10)
        const text = await onConsole(device, `${overlay.directory}/bin/lava-signals 0 ${request}`)
        signals.push(...parser.recover(damaged(text)))
      }
      signals.push(...parser.end())
      // EXIT does not wait for what is missing before it; a fragment may look like a signal of its own.
      const inOrder = signals.filter(({ type }) => type !== "UNREADABLE" && type !== "EXIT")
      expect(inOrder).toEqual(expected.slice(0, -1))
      expect(signals).toContainEqual({ type: "EXIT" })
    })

    it("reports every one that is not asked for again", () => {
      const next = random(seed)
      const lossy = Array.from({ length: clean.length }, (_, at) =>
        next(300) === 0 ? "" : clean[at],
      )
      const parser = new SignalParser({ stage: "0" })
      const signals = feed(parser, lossy.join(""))
      const lost = parser.missing().length
      signals.push(...parser.end())
      expect(lost).toBeGreaterThan(100)
      const unreadable = signals.filter(({ type }) => type === "UNREADABLE").length
      expect(unreadable).toBeGreaterThanOrEqual(lost)
      const cases = signals.filter(({ type }) => type === "TESTCASE")
      expect(expected).toEqual(expect.arrayContaining(cases))
    })
  },
)
