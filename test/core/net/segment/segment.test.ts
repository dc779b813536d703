import { once } from "node:events"
import { createServer } from "node:http"
import { readdirSync, readlinkSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { it } from "@effect/vitest"
import { execa } from "execa"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import {
  makeSegment,
  type Segment,
  type SegmentPlan,
} from "../../../../src/core/net/segment/segment.ts"
import { readSubnet } from "../../../../src/core/net/segment/subnet.ts"
import { skipped } from "../../../namespaces.ts"
import { output } from "../run.ts"

const mac = "52:54:00:00:00:01"
const plan: SegmentPlan = {
  subnet: readSubnet("10.77.0.1/24")!,
  dhcp: "server",
  tftpPort: 69,
  members: [{ name: "board-01", mac, address: "10.77.0.9", bootFile: "tftp://{SERVER_IP}/x" }],
}

const segment = (change: Partial<SegmentPlan> = {}, log: (line: string) => void = () => {}) =>
  Effect.gen(function* () {
    const directory = yield* Effect.acquireRelease(
      Effect.promise(() => mkdtemp(join(tmpdir(), "lab-dispatch-test-"))),
      (path) => Effect.promise(() => rm(path, { recursive: true, force: true })),
    )
    return yield* makeSegment({ ...plan, ...change }, directory, log)
  })

/** What a command says in a segment. */
const inside = ({ inside }: Segment, ...command: ReadonlyArray<string>) =>
  Effect.promise(async () => {
    const [program = "", ...words] = inside(command)
    return (await output(program, words)).toString().trim()
  })

/** The processes in a network namespace. */
const processesIn = (namespace: string): ReadonlyArray<string> =>
  readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/ns/net`) === namespace
    } catch {
      return false
    }
  })

/** A server of this process in a segment, and what a client there gets from it. */
const greeting = (segment: Segment, text: string) =>
  Effect.gen(function* () {
    const server = createServer((_, response) => response.end(text))
    yield* Effect.acquireRelease(
      Effect.promise(() => segment.listen(server, { bind: "10.77.0.1", port: 80 })),
      () => Effect.sync(() => void server.close()),
    )
    return () => inside(segment, "curl", "-sS", "--max-time", "9", "http://10.77.0.1/")
  })

describe.skipIf(skipped !== "")(`a network segment${skipped}`, () => {
  it.live("has the same addresses and ports as another, and none meets the other", () =>
    Effect.gen(function* () {
      const one = yield* segment()
      const two = yield* segment()
      const askOne = yield* greeting(one, "one")
      const askTwo = yield* greeting(two, "two")
      expect([yield* askOne(), yield* askTwo()]).toEqual(["one", "two"])
    }).pipe(Effect.scoped),
  )

  it.live("gives UDP sockets, and says when a port is taken", () =>
    Effect.gen(function* () {
      const { bind } = yield* segment({ dhcp: "none" })
      const at = { bind: "10.77.0.1", port: 69 }
      const [server, client] = yield* Effect.promise(() =>
        Promise.all([bind(at), bind({ ...at, port: 0 })]),
      )
      client.send("hello", 69, "10.77.0.1")
      const [message] = yield* Effect.promise(() => once(server, "message"))
      expect(String(message)).toBe("hello")
      const taken = yield* Effect.promise(() => bind(at).catch((error: unknown) => error))
      expect(taken).toMatchObject({ code: "EADDRINUSE" })
      for (const socket of [server, client]) socket.close()
    }).pipe(Effect.scoped),
  )

  it.live("gives a device its address and its boot file by DHCP, and tells of it", () =>
    Effect.gen(function* () {
      const said: Array<string> = []
      const made = yield* segment({}, (line) => said.push(line))
      const script = `ip link add here type veth peer name there address ${mac}
        ip link set here master br0 up; ip link set there up
        busybox udhcpc -i there -n -q -t 5 -T 1 -O bootfile -f -s $0 2>&1`
      const show = yield* Effect.acquireRelease(
        Effect.promise(async () => {
          const path = join(await mkdtemp(join(tmpdir(), "lab-dispatch-test-")), "show")
          await execa("sh", [
            "-c",
            `printf '#!/bin/sh\\necho "$1 $ip $bootfile"\\n' > "$0"; chmod +x "$0"`,
            path,
          ])
          return path
        }),
        (path) => Effect.promise(() => rm(join(path, ".."), { recursive: true })),
      )
      const got = yield* inside(made, "sh", "-ec", script, show)
      expect(got).toContain("bound 10.77.0.9 tftp://10.77.0.1/x")
      expect(said.join("\n")).toContain(`DHCPACK(br0) 10.77.0.9 ${mac}`)
    }).pipe(Effect.scoped),
  )

  it.live("is gone with its Scope, and every process in it", () =>
    Effect.gen(function* () {
      const namespace = yield* Effect.scoped(
        Effect.map(segment(), ({ pid }) => readlinkSync(`/proc/${pid}/ns/net`)),
      )
      expect(processesIn(namespace)).toEqual([])
    }),
  )

  it.live("says when it has ended before its time", () =>
    Effect.gen(function* () {
      const { pid, broken } = yield* segment()
      process.kill(pid, "SIGKILL")
      const error = yield* Effect.flip(broken)
      expect(error.message).toMatch(/network segment is gone/)
    }).pipe(Effect.scoped),
  )

  it.live("is gone when its process is killed", () =>
    Effect.promise(async () => {
      const program = join(import.meta.dirname, "hold-segment.ts")
      const child = execa(process.execPath, [program], { reject: false })
      const [line] = (await once(child.stdout, "data")) as [Buffer]
      const namespace = readlinkSync(`/proc/${line.toString().trim()}/ns/net`)
      expect(processesIn(namespace).length).toBe(2)
      child.kill("SIGKILL")
      await child
      for (const end = Date.now() + 5000; processesIn(namespace).length > 0; await sleep(20)) {
        if (Date.now() > end) break
      }
      expect(processesIn(namespace)).toEqual([])
    }),
  )
})

describe("a machine where no network segment can be made", () => {
  it.live("says why", () =>
    Effect.gen(function* () {
      const before = process.env["PATH"]
      const directory = yield* Effect.promise(() => mkdtemp(join(tmpdir(), "lab-dispatch-test-")))
      yield* Effect.addFinalizer(() =>
        Effect.promise(() => {
          process.env["PATH"] = before
          return rm(directory, { recursive: true })
        }),
      )
      // As unshare says it in a container without the rights.
      const script =
        "#!/bin/sh\\necho unshare: unshare failed: Operation not permitted >&2; exit 1\\n"
      yield* Effect.promise(() =>
        execa("sh", ["-c", `printf '${script}' > unshare; chmod +x unshare`], { cwd: directory }),
      )
      process.env["PATH"] = `${directory}:${before}`
      const error = yield* Effect.flip(segment())
      expect(error.message).toMatch(
        /cannot give the job a network of its own: "unshare --net" says "unshare: .*not permitted", and "unshare --user .*; run the dispatcher as root/,
      )
    }).pipe(Effect.scoped),
  )
})
