import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { JobEvent } from "../../../../src/core/pipeline/events.ts"
import { prettyView } from "../../../../src/core/report/terminal/pretty.ts"
import { completeJob, dawn, failedJob, tell } from "../story.ts"
import { openScreen } from "./screen.ts"

beforeEach(() => {
  vi.useFakeTimers({ now: dawn })
})
afterEach(() => {
  vi.useRealTimers()
})

const watch = (columns = 80, rows = 24) => {
  vi.setSystemTime(dawn)
  const screen = openScreen(columns, rows)
  const view = prettyView(screen.output, { files: "/out" })
  const play = (events: ReadonlyArray<JobEvent>) => {
    for (const event of events) {
      vi.advanceTimersByTime(Math.max(0, event.time - Date.now()))
      view.event(event)
    }
    vi.advanceTimersByTime(100)
  }
  const status = () => screen.text().split("\n").slice(-2)
  return { screen, view, play, status }
}

describe("prettyView", () => {
  it("shows the path to the action that runs, its time and what is left", () => {
    const { play, status, view } = watch()
    play(completeJob().filter((event) => event.time < dawn + 2500))
    vi.advanceTimersByTime(5000)
    expect(status()[0]).toMatch(/^. master-deploy › boot-master › login-action · 0:05 · 1:25 left$/)
    expect(status()[1]).toBe("  Wait for the master's prompt · 2/9 steps · job 0:07")
    void view.end()
  })

  it("counts down the limit that strikes first, be it that of a group", () => {
    const { play, status, view } = watch()
    play(tell().start("1", "boot", "", 60).wait(50).start("1.1", "login", "", 30).events)
    expect(status()[0]).toContain("boot › login · 0:00 · 0:10 left")
    void view.end()
  })

  it("shows how far a transfer is, how fast and until when", () => {
    const { play, status, view } = watch(100)
    const story = tell().job().start("1", "unpack-rootfs", "Send it")
    for (let part = 0; part <= 5; part++) story.progress("1", "rootfs.tar", part * 1e7, 1e8).wait(1)
    play(story.events)
    expect(status()[1]).toMatch(
      /^ {2}rootfs\.tar ━{7}─{7} {2}50 % 50 MB of 100 MB · 9\.\d MB\/s · 0:05 left · 0\/5 steps/,
    )
    void view.end()
  })

  it("says the amount alone where the whole is unknown", () => {
    const { play, status, view } = watch()
    play(
      tell().job().start("1", "d", "").progress("1", "log", 0).wait(1).progress("1", "log", 2e6)
        .events,
    )
    expect(status()[1]).toMatch(/^ {2}log 2\.0 MB · 1\.\d MB\/s · 0\/5 steps · job 0:01$/)
    void view.end()
  })

  it.each([
    ["its last byte came", 1e8, undefined],
    ["it broke off", 5e7, true as const],
  ])("shows a transfer no longer when %s, though its action goes on", (_, done, ended) => {
    const { play, status, view } = watch(100)
    const story = tell().job().start("1", "lava-test-shell", "run smoke").progress("1", "o", 1, 1e8)
    play(story.wait(1).events)
    expect(status()[1]).toContain("1 B of 100 MB")
    const last = { type: "action-progress", level: "1", what: "o", done, total: 1e8 } as const
    play([{ ...last, ...(ended && { ended }), time: Date.now() }])
    expect(status()[1]).toBe("  run smoke · 0/5 steps · job 0:00")
    void view.end()
  })

  it("leaves the finished job and nothing of the status lines", () => {
    const { screen, play, view } = watch()
    play(completeJob().filter((event) => event.type !== "console" || event.line.length < 70))
    void view.end()
    expect(screen.text()).toMatchInlineSnapshot(`
      "highbank-pxe on highbank-01 (highbank)

      ● master-deploy  Install a root file system and a kernel
        ✔ reset-device                                                          0.4 s
        │
        │ U-Boot 2023.01+dfsg-2+deb12u1 (Nov 20 2026 - 12:00:00 +0000)
        │
        │ DRAM:  4 GiB
        │ MMC:
        │ Net:   xgmac0
        │ Hit any key to stop autoboot:  0
        │ => setenv pxefile_addr_r 0x800000; pxe get && pxe boot
        ✔ bootloader-commands                                                   1.2 s
        ✔ login-action                                                          2.0 s
        ✔ unpack-rootfs                                                         4.1 s
        │ Unpacking linux-image-6.12 (6.12-1) ...
        │ Setting up linux-image-6.12 (6.12-1) ...
        ▲ the deb has no dtb for highbank: the master's own is used
        ✔ install-kernel                                                        1.5 s

      ● lava-test-shell  Run 1 definition: 0_smoke
        │ <LAVA_SIGNAL_STARTTC uname>
        │ + ./uname.sh
        │ <LAVA_SIGNAL_ENDTC uname>
        ✔ 0_smoke/uname                                                          pass
        │ <LAVA_SIGNAL_STARTTC boot-time>
        │ + ./boot-time.sh
        │ <LAVA_SIGNAL_ENDTC boot-time>
        ✔ 0_smoke/boot-time                                            3.4200 s  pass
        │ <LAVA_SIGNAL_STARTTC dmesg-clean>
        │ + ./dmesg-clean.sh
        │ <LAVA_SIGNAL_ENDTC dmesg-clean>
        ✖ 0_smoke/dmesg-clean                                                    fail
          2 lines of level err
        │ <LAVA_SIGNAL_STARTTC wifi>
        │ + ./wifi.sh
        │ <LAVA_SIGNAL_ENDTC wifi>
        ↷ 0_smoke/wifi                                                           skip
        │ <LAVA_SIGNAL_STARTTC write-speed>
        │ + ./write-speed.sh
        │ <LAVA_SIGNAL_ENDTC write-speed>
        ✔ 0_smoke/disk/write-speed                                   112.5 MB/s  pass
        ✔ lava/0_smoke                                                           pass
        ✔ lava-test-shell                                                       2.0 s

      ● finalize  Turn highbank-01 off
        ✔ finalize                                                              0.2 s

        suite    case              result  measurement  time
        0_smoke  uname             pass                 0.4 s
        0_smoke  boot-time         pass    3.4200 s     0.4 s
        0_smoke  dmesg-clean       fail                 0.4 s
        0_smoke  wifi              skip                 0.4 s
        0_smoke  disk/write-speed  pass    112.5 MB/s   0.4 s
        lava     0_smoke           pass                 2.0 s

      ✖ Complete in 12 s, but 1 of 6 cases did not pass: dmesg-clean
        4 passed · 1 failed · 1 skipped

        files  /out"
    `)
    expect(screen.cursor()).toMatchObject({ column: 0, below: 0 })
  })

  it("tells a failure where it arose and explains it at the end", () => {
    const { screen, play, view } = watch()
    play(failedJob())
    void view.end()
    expect(screen.text()).toMatchInlineSnapshot(`
      "highbank-pxe on highbank-01 (highbank)

      ● master-deploy  Install a root file system and a kernel
        ✖ http-download                                                         1.1 s
          http://files.lab/rootfs.tar.zst: the server closed the connection after 51
          MB of 196 MB
        ▲ download-retry failed (try 1 of 2), trying again in 1 s:
          http://files.lab/rootfs.tar.zst: the server closed the connection after 51
          MB of 196 MB
        ✔ http-download                                                         1.1 s

      ● pxe-boot  Boot the installed kernel over PXE
        │ [    1.200000] VFS: Cannot open root device "sda1" or unknown-block(0,0): …
        │ [    1.210000] Kernel panic - not syncing: VFS: Unable to mount root fs on…
        │ [    1.220000] ---[ end Kernel panic - not syncing: VFS: Unable to mount r…
        ✖ login-action                                                          1.5 s
          expected the login prompt "highbank login:" within 90 s, but the kernel
          panicked: "Kernel panic - not syncing: VFS: Unable to mount root fs on
          unknown-block(0,0)". Check root= and that the kernel has the driver of the
          disk

      ● finalize  Turn highbank-01 off
        ✔ finalize                                                              0.2 s

      ✖ Failed in 5.3 s: JobError in login-action
        expected the login prompt "highbank login:" within 90 s, but the kernel
        panicked: "Kernel panic - not syncing: VFS: Unable to mount root fs on
        unknown-block(0,0)". Check root= and that the kernel has the driver of the
        disk
        JobError: what the job asks for does not work: the console shows how far it
        came

        the console's last lines
        │ [    1.200000] VFS: Cannot open root device "sda1" or unknown-block(0,0):
        │ error -6
        │ [    1.210000] Kernel panic - not syncing: VFS: Unable to mount root fs on
        │ unknown-block(0,0)
        │ [    1.220000] ---[ end Kernel panic - not syncing: VFS: Unable to mount
        │ root fs ]---

        files  /out"
    `)
  })

  it.each([30, 50, 200])("keeps to a terminal of %i columns", (columns) => {
    // The screen refuses a line that is too wide.
    for (const events of [completeJob(), failedJob()]) {
      const { screen, play, view } = watch(columns)
      play(events)
      void view.end()
      expect(screen.text()).toContain("finalize")
    }
  })

  it("draws ten times a second at most, however much the console says", () => {
    const { screen, view } = watch()
    const story = tell().job().start("1", "boot", "")
    for (let line = 0; line < 4000; line++) story.target(`line ${line}`).wait(0.000_25)
    for (const event of story.events) {
      vi.advanceTimersByTime(Math.max(0, event.time - Date.now()))
      view.event(event)
    }
    expect(screen.writes()).toBeLessThanOrEqual(10)
    void view.end()
    expect(screen.text()).toContain("  │ line 3999")
    expect(screen.text()).toMatch(/… \d+ lines of the console not shown/)
  })

  it("loses none of its own lines in a flood of the console", () => {
    const { screen, view } = watch()
    for (const event of tell().job().start("1", "test", "").events) view.event(event)
    for (let round = 0; round < 100; round++) {
      for (const event of tell().target(...Array<string>(200).fill("noise")).events)
        view.event(event)
      for (const event of tell().result("0_a", `case-${round}`, "pass").events) view.event(event)
    }
    void view.end()
    const shown = screen.text()
    for (let round = 0; round < 100; round++) expect(shown).toContain(`✔ 0_a/case-${round} `)
  })

  it("lets no escape sequence of the board or of a test through", () => {
    const { screen, play, view } = watch()
    const evil = "\x1b[2J\x1b[H\x1b]0;owned\x07\x1b[31mboo\u009b5A"
    play(
      tell()
        .job()
        .start("1", "test", "")
        .target(evil)
        .log("warning", evil)
        .result(evil, evil, "fail", { errorMessage: evil, measurement: evil, units: evil })
        .end(1).events,
    )
    // The screen refuses every sequence that is not the view's own.
    void view.end()
    expect(screen.text()).toContain("  │ boo")
  })

  it("finds its place again when the window was made narrower", () => {
    let columns = 100
    const written: Array<string> = []
    const { output } = openScreen(100)
    const size = () => ({ columns, rows: 24 })
    const view = prettyView({ ...output, size, write: (text) => written.push(text) })
    for (const event of completeJob().slice(0, 6)) view.event(event)
    vi.advanceTimersByTime(200)
    expect(written.at(-1)).toContain("\r\x1b[3A")
    // The two full lines break in two each; the empty one does not.
    columns = 40
    vi.advanceTimersByTime(100)
    expect(written.at(-1)).toContain("\r\x1b[5A\x1b[J")
    vi.advanceTimersByTime(100)
    expect(written.at(-1)).toContain("\r\x1b[3A")
    void view.end()
  })

  it("never hides the cursor nor leaves colours on", () => {
    const written: Array<string> = []
    const { output } = openScreen(80)
    const view = prettyView({ ...output, write: (text) => written.push(text) })
    for (const event of failedJob()) view.event(event)
    vi.advanceTimersByTime(300)
    void view.end()
    for (const text of written) {
      expect(text).not.toContain("\x1b[?25l")
      expect(text.match(/\x1b\[\?2026h/g)).toHaveLength(1)
      expect(text.endsWith("\x1b[?2026l")).toBe(true)
      for (const line of text.split("\n")) {
        const last = line.match(/\x1b\[[\d;]*m/g)?.at(-1)
        expect([undefined, "\x1b[39m", "\x1b[22m"]).toContain(last)
      }
    }
  })

  it("has a line for what each node of a job with roles runs", () => {
    const { play, status, screen, view } = watch()
    const of = (node: string, events: ReadonlyArray<JobEvent>) =>
      events.map((event) => ({ ...event, node }))
    const started = tell()
      .job(4)
      .events.map((event) => ({
        ...event,
        nodes: ["dev2", "production"].map((node) => ({
          node,
          role: node,
          device: `on-${node}`,
          deviceType: "vm",
        })),
      }))
    play(started)
    play(
      of(
        "dev2",
        tell().start("1", "boot", "boot it", 60).start("1.1", "login", "log in", 30).events,
      ),
    )
    play(of("production", tell().start("1", "transfer", "take it", 60).target("a line").events))
    expect(screen.text().split("\n").slice(-3)).toEqual([
      expect.stringMatching(/^dev2 {7}. boot › login · 0:00 · 0:30 left$/),
      expect.stringMatching(/^production . transfer · 0:00 · 1:00 left$/),
      expect.stringMatching(/^ {3}· 0\/4 steps · job 0:00$/),
    ])
    expect(screen.text()).toMatch(/^production {3}│ a line$/m)
    play(of("dev2", tell().progress("1.1", "a.deb", 5e6, 1e7).events))
    expect(status()[1]).toContain("a.deb")
    void view.end()
  })
})
