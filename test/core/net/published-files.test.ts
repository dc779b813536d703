import { mkdir, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { PublishedFiles, type PublishRequest } from "../../../src/core/net/published-files.ts"
import type { ServedFile } from "../../../src/core/net/served-file.ts"
import { publish, temporaryDirectory } from "./serve.ts"

const MAC = "52:54:00:AA:00:01"
const pxe = { kernel: "vmlinuz", initrd: "initrd", commandLine: "console=ttyS0" }
const bootFiles = { vmlinuz: { text: "KERNEL" }, initrd: { text: "INITRD" } }

const contentOf = (file: ServedFile): Promise<string> =>
  new Promise((resolve, reject) => {
    const bytes = Buffer.alloc(file.size)
    file.read([bytes], 0, (error, read) =>
      error ? reject(error) : resolve(bytes.toString("utf8", 0, read)),
    )
  })

/** What a peer is answered, or undefined. */
const ask = async (
  files: PublishedFiles,
  path: string,
  peer = "127.0.0.1",
  origin = "tftp://10.0.2.2:6969",
) => {
  const answer = files.lookup({ path, peer, origin })
  return answer && contentOf(answer.file)
}

const failure = (request: PublishRequest) =>
  Effect.runPromise(Effect.flip(Effect.scoped(new PublishedFiles().publish(request))))

describe("a device's own files", () => {
  it("are found by token and by MAC, in any case, until the job ends", async () => {
    const files = new PublishedFiles()
    const { token, path, withdraw } = await publish(files, { mac: MAC, files: bootFiles, pxe })

    expect(await ask(files, path("vmlinuz"))).toBe("KERNEL")
    expect(await ask(files, `/${token}/initrd`)).toBe("INITRD")
    const config = await ask(files, "pxelinux.cfg/01-52-54-00-aa-00-01")
    expect(config).toContain(`kernel ${token}/vmlinuz\n  initrd ${token}/initrd\n`)
    expect(await ask(files, "/pxelinux.cfg/01-52-54-00-AA-00-01")).toBe(config)
    const script = await ask(files, "ipxe/52-54-00-aa-00-01.ipxe")
    expect(script).toContain(`kernel tftp://10.0.2.2:6969/${token}/vmlinuz `)

    await withdraw()
    for (const name of [path("vmlinuz"), "pxelinux.cfg/01-52-54-00-aa-00-01"]) {
      expect(await ask(files, name)).toBeUndefined()
    }
    expect(await ask(files, "ipxe/52-54-00-aa-00-01.ipxe")).toBeUndefined()
  })

  it("are not another device's: not without its token, its MAC, or at its address", async () => {
    const files = new PublishedFiles()
    const one = await publish(files, { mac: MAC, address: "10.0.0.1", files: bootFiles, pxe })
    const two = await publish(files, {
      mac: "52:54:00:aa:00:02",
      address: "10.0.0.10",
      files: { vmlinuz: { text: "OTHER" } },
      pxe: { kernel: "vmlinuz", commandLine: "" },
    })
    expect(one.token).not.toBe(two.token)
    expect(await ask(files, one.path("vmlinuz"), "10.0.0.1")).toBe("KERNEL")
    expect(await ask(files, one.path("vmlinuz"), "::ffff:10.0.0.1")).toBe("KERNEL")
    for (const name of [
      one.path("vmlinuz"),
      "pxelinux.cfg/01-52-54-00-aa-00-01",
      "ipxe/52-54-00-aa-00-01.ipxe",
    ]) {
      expect(await ask(files, name, "10.0.0.10")).toBeUndefined()
    }
    const config = (peer: string) => ask(files, "pxelinux.cfg/default", peer)
    expect(await config("10.0.0.1")).toContain(one.token)
    expect(await config("10.0.0.10")).toContain(two.token)
    expect(await config("10.0.0.11")).toBeUndefined()
  })

  it("change when the job publishes again, and change back", async () => {
    const files = new PublishedFiles()
    const name = "pxelinux.cfg/01-52-54-00-aa-00-01"
    await publish(files, { mac: MAC, files: bootFiles, pxe: { ...pxe, commandLine: "master" } })
    const again = await publish(files, {
      mac: MAC,
      files: bootFiles,
      pxe: { ...pxe, commandLine: "target" },
    })
    expect(await ask(files, name)).toContain("append target")
    await again.withdraw()
    expect(await ask(files, name)).toContain("append master")
  })
})

describe("addresses", () => {
  it("are asked for in hexadecimal, then with fewer digits, then by default", async () => {
    const files = new PublishedFiles()
    await publish(files, { address: "10.0.2.15", files: bootFiles, pxe })
    const asked = [
      "0A00020F",
      "0A00020",
      "0A",
      "0",
      "default",
      "default-arm-highbank",
      "default-arm",
    ]
    const answered = (names: ReadonlyArray<string>, peer: string) =>
      Promise.all(names.map((name) => ask(files, `pxelinux.cfg/${name}`, peer)))
    const config = await ask(files, "pxelinux.cfg/default", "10.0.2.15")
    expect(config).toContain("label job")
    expect(await answered(asked, "10.0.2.15")).toEqual(asked.map(() => config))
    expect((await answered(asked, "10.0.2.16")).filter(Boolean)).toEqual([])
    const others = ["0A000210", "1", "0a00020f", "defaults", "default.txt", ""]
    expect((await answered(others, "10.0.2.15")).filter(Boolean)).toEqual([])
  })

  it.each(["7F000001", "7F", "default", "default-arm"])(
    "do not say whose a device is if the job did not give one: %s",
    async (name) => {
      const files = new PublishedFiles()
      await publish(files, { mac: MAC, files: bootFiles, pxe })
      expect(await ask(files, `pxelinux.cfg/${name}`)).toBeUndefined()
    },
  )
})

it("answers boot.ipxe to everybody, with the server's own port", async () => {
  const script = await ask(new PublishedFiles(), "boot.ipxe", "10.9.9.9", "http://10.0.2.2:8000")
  expect(script).toContain("chain http://10.0.2.2:8000/ipxe/${netX/mac:hexhyp}.ipxe")
})

it("serves a boot loader that was given out even after its job has ended", async () => {
  const files = new PublishedFiles()
  const path = join(await temporaryDirectory(), "pxelinux.0")
  await writeFile(path, "LOADER")
  const { withdraw } = await publish(files, { loaders: { "pxelinux.0": { path } } })
  const answer = files.lookup({ path: "/pxelinux.0", peer: "10.0.0.1", origin: "" })
  await withdraw()
  expect(answer && (await contentOf(answer.file))).toBe("LOADER")
  expect(await ask(files, "pxelinux.0")).toBeUndefined()
})

describe("names", () => {
  const secret = "SECRET"
  const segment = fc.oneof(
    fc.constantFrom(
      "..",
      ".",
      "",
      "etc",
      "passwd",
      "secret",
      "vmlinuz",
      "%2e%2e",
      "..\\",
      "\0",
      "//",
    ),
    fc.string(),
  )

  it("lead nowhere but to what was published", async () => {
    const directory = await temporaryDirectory()
    await mkdir(join(directory, "job"))
    await writeFile(join(directory, "secret"), secret)
    await writeFile(join(directory, "job", "vmlinuz"), "KERNEL")
    const files = new PublishedFiles()
    const { token } = await publish(files, {
      mac: MAC,
      files: { "boot/vmlinuz": { path: join(directory, "job", "vmlinuz") } },
    })
    const start = fc.constantFrom(
      token,
      `${token}/boot`,
      "",
      "/",
      directory,
      "pxelinux.cfg",
      "ipxe",
    )
    await fc.assert(
      fc.asyncProperty(start, fc.array(segment, { maxLength: 6 }), async (first, segments) => {
        const path = [first, ...segments].join("/")
        const content = await ask(files, path)
        if (content === undefined) return
        expect(content).toBe("KERNEL")
        expect(path.replace(/^\/+/, "")).toBe(`${token}/boot/vmlinuz`)
      }),
      { numRuns: 2000 },
    )
  })

  it.each(["../x", "/x", "a//b", "a/./b", "a/..", "", "a b", "a\\b", "a\nb", "a/"])(
    "cannot be published: %j",
    async (name) => {
      const error = await failure({ files: { [name]: { text: "" } } })
      expect(error).toMatchObject({ _tag: "ConfigurationError" })
      expect(error.message).toContain(JSON.stringify(name))
    },
  )
})

describe("files on disk", () => {
  it("stay what they were when their name is given to something else", async () => {
    const directory = await temporaryDirectory()
    const path = join(directory, "kernel")
    const secret = join(directory, "secret")
    await writeFile(secret, "SECRET")
    await writeFile(path, "KERNEL")
    const files = new PublishedFiles()
    const publication = await publish(files, { files: { kernel: { path } } })
    await rename(path, join(directory, "moved"))
    await symlink(secret, path)
    expect(await ask(files, publication.path("kernel"))).toBe("KERNEL")
    await rm(join(directory, "moved"))
    expect(await ask(files, publication.path("kernel"))).toBe("KERNEL")
    expect(await readFile(path, "utf8")).toBe("SECRET")
  })

  it("are let go of when the job ends", async () => {
    const { readdir, readlink } = await import("node:fs/promises")
    const path = join(await temporaryDirectory(), "kernel")
    await writeFile(path, "KERNEL")
    const holds = async () => {
      const links = await Promise.all(
        (await readdir("/proc/self/fd")).map((fd) =>
          readlink(`/proc/self/fd/${fd}`).catch(() => ""),
        ),
      )
      return links.includes(path)
    }
    const { withdraw } = await publish(new PublishedFiles(), { files: { kernel: { path } } })
    expect(await holds()).toBe(true)
    await withdraw()
    expect(await holds()).toBe(false)
    const broken = { files: { kernel: { path }, missing: { path: `${path}-` } } }
    expect(await failure(broken)).toMatchObject({ _tag: "ConfigurationError" })
    expect(await holds()).toBe(false)
  })

  it("must be regular files", async () => {
    const directory = await temporaryDirectory()
    for (const path of [directory, join(directory, "none"), "/dev/zero"]) {
      for (const request of [{ files: { f: { path } } }, { loaders: { f: { path } } }]) {
        if (path === "/dev/zero" && "loaders" in request) continue
        const error = await failure(request)
        expect(error).toMatchObject({ _tag: "ConfigurationError" })
        expect(error.message).toContain(path)
      }
    }
  })

  it("that shrink while they are served are seen to be short", async () => {
    const path = join(await temporaryDirectory(), "kernel")
    await writeFile(path, "KERNEL")
    const files = new PublishedFiles()
    const publication = await publish(files, { files: { kernel: { path } } })
    await truncate(path, 3)
    expect(await ask(files, publication.path("kernel"))).toBe("KER")
  })
})

describe("requests that cannot be published", () => {
  it.each<[string, PublishRequest, RegExp]>([
    ["a bad MAC", { mac: "52:54:00:aa:00" }, /not a MAC address/],
    ["a bad address", { address: "board-1" }, /not the IP address/],
    [
      "an entry without its kernel",
      { pxe, files: { initrd: { text: "" } } },
      /kernel is "vmlinuz"/,
    ],
    [
      "a command line of two lines",
      { pxe: { ...pxe, commandLine: "a\nlabel b" }, files: bootFiles },
      /control character/,
    ],
  ])("%s", async (_, request, message) => {
    const error = await failure(request)
    expect(error).toMatchObject({ _tag: "ConfigurationError" })
    expect(error.message).toMatch(message)
  })
})

it("knows whose a refused request is", async () => {
  const files = new PublishedFiles()
  const told: Array<string> = []
  const observed = (name: string, request: PublishRequest) =>
    publish(files, { ...request, onTransfer: () => told.push(name) })
  const one = await observed("one", { mac: MAC })
  await observed("two", { address: "10.0.0.2" })
  const refused = (path: string, peer: string) =>
    files.observerOf({ path, peer, origin: "" })?.onTransfer?.({} as never)
  refused(`${one.token}/x`, "10.0.0.9")
  refused("pxelinux.cfg/01-52-54-00-aa-00-01", "10.0.0.9")
  refused("x", "10.0.0.2")
  refused("x", "10.0.0.9")
  expect(told).toEqual(["one", "one", "two"])
})
