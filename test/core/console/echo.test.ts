import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { echoEnd } from "../../../src/core/console/echo.ts"

describe("echoEnd", () => {
  it("finds the end of a plain echo", () => {
    expect(echoEnd("uname -a\nLinux", "uname -a")).toBe(8)
    expect(echoEnd("uname ", "uname -a")).toBeUndefined()
  })

  it.for([
    ["a wrapped line of busybox", "cat /proc/cp\nuinfo"],
    ["a wrapped line of bash", "cat /proc/cp \nuinfo"],
    ["a kernel message in it", "cat /pr[    1.0] usb 1-1: new device\noc/cpuinfo"],
    ["two kernel messages", "c[    1.0] usb\n[    1.1] cdc\nat /proc/cpuinfo"],
    ["a kernel message before it", "[    1.0] usb 1-1: new\ncat /proc/cpuinfo"],
    ["a message that begins like the rest", "cat /pr[  1] a\noc/cp[ 2] c\nuinfo"],
  ])("allows for %s", ([, text]) => {
    expect(echoEnd(text!, "cat /proc/cpuinfo")).toBe(text!.length)
  })

  it.for([
    ["a lost character", "cat /prc/cpuinfo"],
    ["a lost end", "cat /proc/cpuinf"],
    ["a lost beginning", "at /proc/cpuinfo"],
    ["a changed character", "cat /prXc/cpuinfo"],
    ["a doubled character", "cat  /proc/cpuinfo"],
    ["a character lost to a message", "cat /pr[    1.0] usb 1-1\nc/cpuinfo"],
  ])("notices %s", ([, text]) => {
    expect(echoEnd(text!, "cat /proc/cpuinfo")).toBeUndefined()
  })

  const command = fc.string({ minLength: 1, maxLength: 80 })
  const noise = fc.constantFrom("[    1.0] usb 1-1: new device\n", "\n", "systemd[1]: Started x.\n")

  it("accepts any command with lines of noise anywhere in its echo", () => {
    fc.assert(
      fc.property(
        command,
        fc.array(fc.tuple(fc.nat({ max: 80 }), noise), { maxLength: 8 }),
        (typed, noises) => {
          let text = typed
          for (const [place, line] of noises.toSorted((a, b) => b[0] - a[0]))
            text = text.slice(0, place) + line + text.slice(place)
          expect(echoEnd(text, typed)).toBeLessThanOrEqual(text.length)
        },
      ),
    )
  })

  it("rejects any command that lost some characters", () => {
    fc.assert(
      fc.property(command, fc.infiniteStream(fc.boolean()), (typed, kept) => {
        const text = Array.from(typed)
          .filter(() => kept.next().value)
          .join("")
        fc.pre(!text.startsWith(typed))
        expect(echoEnd(text, typed)).toBeUndefined()
      }),
    )
  })

  it("is quick for a long line in a flood of noise", () => {
    const flood = "-".repeat(60) + "\n"
    const started = performance.now()
    expect(echoEnd(flood.repeat(250) + "-".repeat(200), "-".repeat(200) + "x")).toBeUndefined()
    expect(performance.now() - started).toBeLessThan(1000)
  })
})
