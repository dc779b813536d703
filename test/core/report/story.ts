import type { DispatchError } from "../../../src/core/pipeline/errors.ts"
import { InfrastructureError, JobError } from "../../../src/core/pipeline/errors.ts"
import type { CaseResultEvent, JobEvent, JobEventBody } from "../../../src/core/pipeline/events.ts"

/** When every story begins. */
export const dawn = Date.UTC(2026, 7, 1, 12, 0, 0)

/** Tells a job's events, as the runner would emit them. */
export const tell = () => {
  const events: Array<JobEvent> = []
  let time = dawn
  const namespace = "common"
  const say = (body: JobEventBody) => events.push({ time, ...body })
  const story = {
    events,
    wait: (seconds: number) => {
      time += seconds * 1000
      return story
    },
    job: (actions = 5) => {
      say({
        type: "job-started",
        job: "highbank-pxe",
        jobId: "42",
        device: "highbank-01",
        deviceType: "highbank",
        actions,
      })
      return story
    },
    start: (
      level: string,
      name: string,
      description: string,
      timeoutSeconds = 300,
      attempt = 1,
    ) => {
      say({
        type: "action-started",
        level,
        name,
        description,
        timeoutSeconds,
        attempt,
        namespace,
      })
      return story
    },
    progress: (level: string, what: string, done: number, total?: number) => {
      say({ type: "action-progress", level, what, done, ...(total !== undefined && { total }) })
      return story
    },
    done: (level: string, name: string, durationSeconds: number) => {
      const ended = { type: "action-ended", level, name, durationSeconds, attempt: 1 } as const
      say({ ...ended, outcome: "pass", final: true, namespace })
      return story
    },
    failed: (
      level: string,
      name: string,
      durationSeconds: number,
      error: DispatchError,
      final = true,
      attempt = 1,
    ) => {
      const ended = { type: "action-ended", level, name, durationSeconds, attempt } as const
      say({ ...ended, outcome: "fail", final, namespace, error })
      return story
    },
    actionResult: (level: string, name: string, errorMessage: string) => {
      const result = { suite: "lava", case: name, result: "fail", level, errorMessage } as const
      say({ type: "result", ...result, errorType: "Job", namespace })
      return story
    },
    log: (level: "debug" | "info" | "warning" | "error", message: string) => {
      say({ type: "log", level, message })
      return story
    },
    target: (...lines: ReadonlyArray<string>) => {
      for (const line of lines) {
        say({ type: "console", console: "uart0", direction: "target", line })
      }
      return story
    },
    type: (line: string) => {
      say({ type: "console", console: "uart0", direction: "input", line })
      return story
    },
    mark: (edge: "start" | "end", suite: string, name: string) => {
      say({ type: "case-marker", edge, suite, case: name })
      return story
    },
    result: (
      suite: string,
      name: string,
      result: CaseResultEvent["result"],
      more: Partial<CaseResultEvent> = {},
    ) => {
      say({ type: "result", suite, case: name, result, ...more })
      return story
    },
    end: (durationSeconds: number, error?: DispatchError) => {
      const status = error ? "incomplete" : "complete"
      say({ type: "job-ended", status, durationSeconds, ...(error && { error }) })
      return story
    },
  }
  return story
}

/** A transfer at an even speed, told ten times a second. */
const transfer = (
  story: ReturnType<typeof tell>,
  level: string,
  what: string,
  total: number,
  seconds: number,
) => {
  const steps = Math.round(seconds * 10)
  for (let step = 0; step <= steps; step++) {
    story.progress(level, what, Math.round((total * step) / steps), total)
    story.wait(0.1)
  }
  return story
}

const deployed = () => {
  const story = tell().job(9).wait(0.1)
  story.start("1", "master-deploy", "Install a root file system and a kernel", 600)
  story.start("1.1", "reset-device", "Turn highbank-01 off and on again", 30).wait(0.4)
  story.done("1.1", "reset-device", 0.4)
  story.start("1.2", "boot-master", "Boot the master image over PXE", 120)
  story.start("1.2.1", "bootloader-commands", "Start the master from U-Boot's prompt", 60).wait(0.3)
  story.target(
    "",
    "U-Boot 2023.01+dfsg-2+deb12u1 (Nov 20 2026 - 12:00:00 +0000)",
    "",
    "DRAM:  4 GiB",
  )
  story.target("MMC:   ", "Net:   xgmac0", "Hit any key to stop autoboot:  2 \b\b\b 0 ").wait(0.4)
  story.type("setenv pxefile_addr_r 0x800000; pxe get && pxe boot")
  story.target("=> setenv pxefile_addr_r 0x800000; pxe get && pxe boot").wait(0.5)
  story.done("1.2.1", "bootloader-commands", 1.2)
  story.start("1.2.2", "login-action", "Wait for the master's prompt", 90)
  for (let line = 0; line < 40; line++) {
    const stamp = (line * 0.037).toFixed(6).padStart(12)
    story.target(
      `\x1b[1;32m[${stamp}]\x1b[0m highbank: bringing up clock domain ${line}, parent ok`,
    )
    story.wait(0.05)
  }
  story.done("1.2.2", "login-action", 2).done("1.2", "boot-master", 3.3)
  return story
}

/** A job that completes with one failed case. */
export const completeJob = (): ReadonlyArray<JobEvent> => {
  const story = deployed()
  story.start("1.3", "unpack-rootfs", "Send the root file system by HTTP and unpack it", 300)
  transfer(story, "1.3", "rootfs.tar.zst", 196_000_000, 4).done("1.3", "unpack-rootfs", 4.1)
  story.start("1.4", "install-kernel", "dpkg -i linux-image-6.12_armhf.deb", 120)
  story.target(
    "Unpacking linux-image-6.12 (6.12-1) ...",
    "Setting up linux-image-6.12 (6.12-1) ...",
  )
  story
    .wait(1)
    .log("warning", "the deb has no dtb for highbank: the master's own is used")
    .wait(0.5)
  story.done("1.4", "install-kernel", 1.5).done("1", "master-deploy", 9.4)
  story.start("2", "lava-test-shell", "Run 1 definition: 0_smoke", 300)
  for (const [name, result, more] of [
    ["uname", "pass", {}],
    ["boot-time", "pass", { measurement: "3.4200", units: "s" }],
    ["dmesg-clean", "fail", { errorMessage: "2 lines of level err" }],
    ["wifi", "skip", {}],
    ["write-speed", "pass", { set: "disk", measurement: "112.5", units: "MB/s" }],
  ] as const) {
    story.target(`<LAVA_SIGNAL_STARTTC ${name}>`).mark("start", "0_smoke", name)
    story.target(`+ ./${name}.sh`).wait(0.4)
    story.target(`<LAVA_SIGNAL_ENDTC ${name}>`).mark("end", "0_smoke", name)
    story.result("0_smoke", name, result, more)
  }
  story.result("lava", "0_smoke", "pass", { durationSeconds: 2 })
  story.done("2", "lava-test-shell", 2)
  story.start("3", "finalize", "Turn highbank-01 off", 30).wait(0.2).done("3", "finalize", 0.2)
  return story.end(12.1).events
}

const refused = new JobError({
  message:
    'expected the login prompt "highbank login:" within 90 s, but the kernel panicked: "Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)". Check root= and that the kernel has the driver of the disk',
  action: "login-action",
  device: "highbank-01",
  console: [
    '[    1.200000] VFS: Cannot open root device "sda1" or unknown-block(0,0): error -6',
    "[    1.210000] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)",
    "[    1.220000] ---[ end Kernel panic - not syncing: VFS: Unable to mount root fs ]---",
  ],
})

/** A job whose download is tried twice and whose kernel panics. */
export const failedJob = (): ReadonlyArray<JobEvent> => {
  const lost = new InfrastructureError({
    message:
      "http://files.lab/rootfs.tar.zst: the server closed the connection after 51 MB of 196 MB",
    action: "http-download",
  })
  const story = tell().job(4).wait(0.1)
  story.start("1", "master-deploy", "Install a root file system and a kernel", 600)
  story.start("1.1", "download-retry", "Download what the job needs", 120)
  story.start("1.1.1", "http-download", "http://files.lab/rootfs.tar.zst", 60)
  transfer(story, "1.1.1", "rootfs.tar.zst", 51_000_000, 1)
  story.failed("1.1.1", "http-download", 1.1, lost)
  story.actionResult("1.1.1", "http-download", lost.message)
  story.failed("1.1", "download-retry", 1.1, lost, false)
  story.log("warning", `download-retry failed (try 1 of 2), trying again in 1 s: ${lost.message}`)
  story.wait(1).start("1.1", "download-retry", "Download what the job needs", 120, 2)
  story.start("1.1.1", "http-download", "http://files.lab/rootfs.tar.zst", 60)
  transfer(story, "1.1.1", "rootfs.tar.zst", 196_000_000, 1)
  story.done("1.1.1", "http-download", 1.1).done("1.1", "download-retry", 1.1)
  story.done("1", "master-deploy", 3.4)
  story.start("2", "pxe-boot", "Boot the installed kernel over PXE", 120)
  story.start("2.1", "login-action", "Wait for the login prompt and log in", 90).wait(1.2)
  story.target(...(refused.console ?? [])).wait(0.3)
  story.failed("2.1", "login-action", 1.5, refused)
  story.actionResult("2.1", "login-action", refused.message)
  story.failed("2", "pxe-boot", 1.5, refused)
  story.start("3", "finalize", "Turn highbank-01 off", 30).wait(0.2).done("3", "finalize", 0.2)
  return story.end(5.3, refused).events
}
