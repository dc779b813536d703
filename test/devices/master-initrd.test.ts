import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { PublishedBoot } from "../../src/actions/boot/publish.ts"
import { TargetBootFiles } from "../../src/actions/deploy/collect-boot-files.ts"
import { Target } from "../../src/actions/deploy/prepare-disk.ts"
import { Artifacts } from "../../src/core/artifacts/artifacts.ts"
import { ArtifactCache } from "../../src/core/artifacts/artifact-cache.ts"
import { Connection, CurrentJob } from "../../src/core/lab/services.ts"
import { JobSegment } from "../../src/core/net/segment/segment.ts"
import { DeviceServers } from "../../src/core/net/servers.ts"
import { DispatcherSettings } from "../../src/core/net/settings.ts"
import { Events } from "../../src/core/pipeline/events.ts"
import { Exchange } from "../../src/core/multinode/exchange.ts"
import { makeExchange } from "../../src/core/multinode/job-exchange.ts"
import { getData, JobData, setData } from "../../src/core/pipeline/job-data.ts"
import { allActions } from "../../src/core/pipeline/plan.ts"
import { makePower, Power } from "../../src/core/power/power.ts"
import { masterInitrd } from "../../src/devices/master-initrd.ts"
import { loadLab, prepare } from "../../src/index.ts"
import { conformance } from "../../src/testing.ts"
import { job } from "../cli/board-lab.ts"
import { masterBoard, rootfsIn } from "./master-board.ts"

const artifact = { url: "file:///nowhere" }
const servers = DeviceServers.layer(
  DispatcherSettings.parse({ address: "127.0.0.1", bind: "127.0.0.1", tftp: { port: 0 } }),
)

/** What the kernel that a deploy publishes is told, by the plan of a job. */
const commandLineOf = (deploy: object, job: object) =>
  Effect.gen(function* () {
    const directory = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "master-initrd-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true })),
    )
    const path = join(directory, "file")
    writeFileSync(path, "boots")
    writeFileSync(
      join(directory, "special.json"),
      JSON.stringify({
        plugin: "master-initrd",
        parameters: {
          master: { kernel: artifact, initrd: artifact, prompt: "# $" },
          disk: "/dev/sda",
          kernel_args: "console=ttyS0",
        },
      }),
    )
    const power = { on: "true", off: "true" }
    const devices = { "board-01": { device_type: "special", mac: "52:54:00:aa:00:01", power } }
    const lab = yield* Effect.promise(() => loadLab({ device_types: [directory], devices }))
    const definition = {
      job_name: "a test",
      device: "board-01",
      visibility: "public",
      timeouts: { job: { minutes: 1 } },
      actions: [{ deploy }],
      ...job,
    }
    const ready = yield* Effect.promise(() => prepare({ value: definition }, { lab }))
    const { plan, device } = ready.nodes[0]
    const publish = allActions(plan.blocks).find(({ name }) =>
      /^publish-(boot-files|installer)$/.test(name),
    )?.run
    if (!publish) throw new Error("the plan publishes nothing")
    const file = { path, name: "file", size: 5, sha256: "" }
    return yield* Effect.gen(function* () {
      yield* setData(Target, { device: "/dev/sda1", uuid: "1234" })
      yield* setData(TargetBootFiles, { kernel: file, initrd: file, dtb: undefined })
      yield* publish
      return (yield* getData(PublishedBoot))["BOOTARGS"]
    }).pipe(
      Effect.provide(
        Layer.merge(Layer.provide(Artifacts.layer(directory, []), ArtifactCache.layer()), servers),
      ),
      Effect.provideService(CurrentJob, {
        id: "1",
        name: "a test",
        device,
        directory,
        outputDirectory: undefined,
        submitter: "somebody",
      }),
      Effect.provideService(Connection, {
        console: Effect.die("not connected"),
        endLife: Effect.void,
        close: Effect.void,
      }),
      Effect.provideService(JobSegment, { segment: Effect.die("not isolated") }),
      Effect.provideService(Power, makePower(undefined)),
      Effect.provideService(Exchange, makeExchange([]).forNode("")),
      Effect.provideService(JobData, JobData.make()),
      Effect.provideService(Events, { emit: () => {} }),
    )
  }).pipe(Effect.scoped)

const context = { extra_kernel_args: "cma=640M acpi=force" }

describe("what master-initrd tells the kernel of a deployed system", () => {
  it.live("is the root, then what the device type, the deploy and the job's context say", () =>
    Effect.gen(function* () {
      const deploy = { to: "master", rootfs: artifact }
      expect(yield* commandLineOf(deploy, {})).toBe("root=UUID=1234 rw console=ttyS0")
      const more = { ...deploy, kernel_args: "quiet", root: "/dev/sda1" }
      expect(yield* commandLineOf(more, { context })).toBe(
        "root=/dev/sda1 rw console=ttyS0 quiet cma=640M acpi=force",
      )
    }),
  )
})

describe("what master-initrd tells Debian's installer", () => {
  it.live("is what the device type and the job's context say, not what the deploy does", () =>
    Effect.gen(function* () {
      const file = { url: "file" }
      const mirror = "http://mirror.example/debian"
      const deploy = { to: "installer", kernel: file, ramdisk: file, root_password: "x", mirror }
      expect(yield* commandLineOf({ ...deploy, kernel_args: "quiet" }, { context })).toBe(
        "console=ttyS0 auto=true priority=critical DEBIAN_FRONTEND=text cma=640M acpi=force ---",
      )
    }),
  )
})

const directory = mkdtempSync(join(tmpdir(), "master-initrd-"))
afterAll(() => rmSync(directory, { recursive: true }))

conformance({
  plugin: masterInitrd,
  deviceType: {
    plugin: "master-initrd",
    parameters: {
      master: {
        kernel: { url: "LICENSE" },
        initrd: { url: "README.md" },
        prompt: "master# $",
        u_boot_commands: "master",
      },
      disk: "/dev/sda",
      kernel_start_message: "Linux version",
      u_boot: {
        prompt: "=> ",
        interrupt_prompt: "Hit any key to stop autoboot",
        commands: { master: ["run master"], disk: ["run disk"] },
      },
    },
  },
  board: await masterBoard(),
  jobs: [
    {
      ...job,
      job_name: "through a master image",
      actions: [
        { deploy: { to: "master", rootfs: { url: rootfsIn(directory) } } },
        { boot: { ...job.actions[0]?.boot, method: "u-boot", commands: "disk" } },
        ...job.actions.slice(1),
      ],
    },
  ],
  device: { mac: "52:54:00:aa:00:01" },
  describe,
  test: it,
})
