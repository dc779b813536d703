import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { FailPatterns } from "../../../src/core/console/fail-patterns.ts"
import { Matcher, type WaitEnd, type WaitOptions } from "../../../src/core/console/matcher.ts"
import { patternSearch } from "../../../src/core/console/search.ts"

const failures = (text: string, reset: ReadonlyArray<RegExp> = []) =>
  new FailPatterns(reset).check(text, 0).map(({ kind, line }) => `${kind}: ${line}`)

describe("what ends any wait", () => {
  it.for([
    ["[    1.234567] Kernel panic - not syncing: VFS: Unable to mount root fs"],
    ["[    1.234567][    T1] Kernel panic - not syncing: VFS: Unable to mount root fs"],
    ["<0>[    1.234567] Kernel panic - not syncing: VFS: Unable to mount root fs"],
    ["Kernel panic - not syncing: VFS: Unable to mount root fs"],
    ["root@board:~# [   99.0] Kernel panic - not syncing: VFS: Unable to mount root fs"],
  ])("is the panic in %s", ([line]) => {
    const message = "Kernel panic - not syncing: VFS: Unable to mount root fs"
    expect(failures(`ok\n${line}\nmore\n`)).toEqual([`panic: ${message}`])
  })

  it.for([
    [`grep "Kernel panic - not syncing" /var/log/kern.log`],
    ["[ 1.0] ---[ end Kernel panic - not syncing: VFS ]---"],
    ["U-Boot is the boot loader of 2023.01"],
    ["iPXE is loaded"],
    ["ver=U-Boot 2023.01 (Jan 01 2023 - 00:00:00 +0000)"],
  ])("is not %s", ([line]) => {
    expect(failures(`${line}\n`)).toEqual([])
  })

  it.for([
    ["U-Boot SPL 2023.01+dfsg-2 (Jan 01 2023 - 00:00:00 +0000)"],
    ["U-Boot 2020.10 (Apr 01 2021 - 00:00:00 +0000)"],
    ["barebox 2022.12.0-20230101-1 #1"],
    ["iPXE initialising devices...ok"],
    ["iPXE 1.21.1+git-20220113.fbbdc3926 -- Open Source Network Boot Firmware"],
    ["SeaBIOS (version 1.16.2-debian-1.16.2-1)"],
    ["\ufffd\ufffd=> U-Boot SPL 2023.01 (Jan 01 2023 - 00:00:00 +0000)"],
  ])("is the banner %s", ([line]) => {
    expect(failures(`${line}\n`)).toEqual([`reset: ${line}`])
  })

  it("is a banner behind empty lines", () => {
    expect(failures("\n\n\nU-Boot 2020.10 (Apr)\n\nbarebox 2022.12.0\n\n")).toHaveLength(2)
  })

  it("is a banner that the device type names", () => {
    expect(failures("\nCalxeda ECX-1000 ROM v7\n", [/^Calxeda ECX-\d+ ROM/])).toEqual([
      "reset: Calxeda ECX-1000 ROM v7",
    ])
  })

  it.for([[/$/], [/^/], [/x*/], [/\s+/], [/\n\n/]])("goes on behind a match of %s", ([reset]) => {
    expect(failures("\n\nCalxeda\n\nKernel panic - not syncing: x\n", [reset!])).toContain(
      "panic: Kernel panic - not syncing: x",
    )
  })
})

describe("kernel messages", () => {
  it.for([
    ["cut-here", "------------[ cut here ]------------"],
    ["warning", "WARNING: CPU: 0 PID: 1 at kernel/locking/mutex.c:1 mutex_lock+0x1/0x2"],
    ["warning", "WARNING: possible circular locking dependency detected"],
    ["bug", "kernel BUG at mm/slub.c:305!"],
    ["bug", "BUG: KASAN: use-after-free in foo+0x1/0x2"],
    ["bug", "BUG: unable to handle page fault for address: 0000000000001000"],
    ["oops", "Internal error: Oops: 817 [#1] SMP ARM"],
    ["oops", "Internal error: Oops - undefined instruction: 0 [#1]"],
    ["fault", "Unhandled fault: external abort on non-linefetch (0x1008) at 0xf0c2a000"],
    ["invalid-opcode", "invalid opcode: 0000 [#1] SMP PTI"],
  ])("%s: %s", ([kind, message]) => {
    const patterns = new FailPatterns()
    expect(patterns.check(`[   12.345678] ${message}\n`, 0)).toEqual([])
    expect(patterns.takeKernelMessages()).toEqual([
      { kind, line: message, time: expect.any(Number) },
    ])
  })

  it("are not what a program warns of", () => {
    const patterns = new FailPatterns()
    patterns.check("apt: WARNING: apt does not have a stable CLI\nDEBUG: 1\nOopsie\n", 0)
    expect(patterns.takeKernelMessages()).toEqual([])
  })

  it("are kept up to a thousand", () => {
    const patterns = new FailPatterns()
    patterns.check("[    1.0] BUG: again\n".repeat(5000), 0)
    expect(patterns.takeKernelMessages()).toHaveLength(1000)
  })
})

describe("a wait", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const waiting = (matcher: Matcher, pattern: string | RegExp, options: WaitOptions = {}) => {
    const result: { end?: WaitEnd } = {}
    matcher.wait(patternSearch([{ name: "wanted", pattern }]), options, (end) => {
      result.end = end
    })
    return result
  }
  const panic = "[    1.5] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100"
  const panicked = {
    type: "failure",
    failure: expect.objectContaining({
      kind: "panic",
      line: "Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100",
    }),
  }

  it("ends by a panic as soon as its closing line has come, not before", () => {
    const matcher = new Matcher()
    const { push } = { push: (line: string) => matcher.push(`${line}\n`) }
    const result = waiting(matcher, "login: ")
    push(panic)
    for (let line = 0; line < 100; line++) {
      push(`[    1.6] CPU: ${line}`)
      vi.advanceTimersByTime(100)
    }
    expect(result.end).toBeUndefined()
    push("[    1.7] ---[ end Kernel panic - not syncing: Attempted to kill init! ]---")
    expect(result.end).toEqual(panicked)
    expect(matcher.recentLines(3)).toEqual([
      "[    1.6] CPU: 98",
      "[    1.6] CPU: 99",
      "[    1.7] ---[ end Kernel panic - not syncing: Attempted to kill init! ]---",
    ])
  })

  it("ends by a panic without a closing line within 2 s of its last line", () => {
    const matcher = new Matcher()
    const result = waiting(matcher, "login: ")
    matcher.push(`${panic}\n`)
    vi.advanceTimersByTime(1000)
    matcher.push("[    1.6] CPU: 0 PID: 1 Comm: swapper\n")
    vi.advanceTimersByTime(1000)
    expect(result.end).toBeUndefined()
    vi.advanceTimersByTime(1000)
    expect(result.end).toEqual(panicked)
  })

  it("ends by a panic that never falls silent after 15 s", () => {
    const matcher = new Matcher()
    const result = waiting(matcher, "login: ")
    matcher.push(`${panic}\n`)
    for (let second = 0; second < 14; second++) {
      vi.advanceTimersByTime(1000)
      matcher.push("rcu: stall\n")
    }
    expect(result.end).toBeUndefined()
    vi.advanceTimersByTime(1000)
    expect(result.end).toEqual(panicked)
  })

  it("ends by the panic, not by the reset that follows it or the console that is lost", () => {
    const reset = new Matcher()
    const first = waiting(reset, "login: ")
    reset.push(`${panic}\nRebooting in 1 seconds..\n\nU-Boot SPL 2023.01 (Jan 01 2023)\n`)
    expect(first.end).toEqual(panicked)
    const lost = new Matcher()
    const second = waiting(lost, "login: ")
    lost.push(`${panic}\n`)
    lost.close("gone")
    expect(second.end).toEqual(panicked)
  })

  it("finds nothing behind a panic", () => {
    const matcher = new Matcher()
    const result = waiting(matcher, "login: ")
    matcher.push(`${panic}\nlogin: `)
    expect(result.end).toBeUndefined()
  })

  it("goes on over a panic that it allows", () => {
    const matcher = new Matcher()
    const result = waiting(matcher, "login: ", { allowPanic: true })
    matcher.push(`${panic}\ncrash kernel\nlogin: `)
    expect(result.end).toMatchObject({ type: "match" })
  })

  it("ends by a reset that it does not allow", () => {
    const matcher = new Matcher()
    const result = waiting(matcher, "login: ")
    matcher.push("\n\nU-Boot 2023.01 (Jan 01 2023)\n")
    expect(result.end).toMatchObject({ type: "failure", failure: { kind: "reset" } })
  })

  it("goes on over a reset that it allows, which then is over", () => {
    const matcher = new Matcher()
    matcher.push("U-Boot SPL 2023.01 (Jan 01 2023)\n")
    const prompt = waiting(matcher, "=> ", { allowReset: true })
    matcher.push("U-Boot 2023.01 (Jan 01 2023)\n=> ")
    expect(prompt.end).toMatchObject({ type: "match" })
    const next = waiting(matcher, "login: ")
    matcher.push("login: ")
    expect(next.end).toMatchObject({ type: "match" })
  })

  it("matches what came before the failure, and the failure ends the next one", () => {
    const matcher = new Matcher()
    matcher.push(`login: \n${panic}\n---[ end Kernel panic\n`)
    expect(waiting(matcher, "login: ").end).toMatchObject({ type: "match" })
    expect(waiting(matcher, "Password: ").end).toEqual(panicked)
    expect(waiting(matcher, "# ").end).toEqual(panicked)
  })

  it("may itself look for the line of a failure", () => {
    const matcher = new Matcher()
    const result = waiting(matcher, /Kernel panic.*/)
    matcher.push(`${panic}\n`)
    expect(result.end).toMatchObject({ type: "match" })
  })

  it("knows nothing of a failure that was discarded", () => {
    const matcher = new Matcher()
    matcher.push(`${panic}\n`)
    matcher.discard()
    const result = waiting(matcher, "login: ")
    matcher.push("login: ")
    expect(result.end).toMatchObject({ type: "match" })
    vi.advanceTimersByTime(20_000)
  })
})
