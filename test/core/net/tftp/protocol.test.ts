import { createSocket } from "node:dgram"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { PublishedFiles } from "../../../../src/core/net/published-files.ts"
import type { TftpOption, TftpPacket } from "../../../../src/core/net/tftp/packet.ts"
import { publish, startTftp } from "../serve.ts"
import { device } from "./device.ts"

/** Long enough that nothing is sent again because the machine is busy. */
const patient = { afterMs: 5000, limit: 8 }

/** A device and a server that has published `content`. */
const setUp = async (content: Uint8Array, retransmission = patient) => {
  const files = new PublishedFiles()
  const { server, records } = await startTftp(files, retransmission)
  const publication = await publish(files, { files: { f: { bytes: content } } })
  return {
    files,
    server,
    records,
    publication,
    name: publication.path("f"),
    device: await device(server.port),
  }
}

const data = (packet: TftpPacket): { block: number; data: Uint8Array } => {
  if (packet.type !== "DATA") throw new Error(`expected DATA, got ${JSON.stringify(packet)}`)
  return packet
}

/** Reads on, acknowledging each block, and answers the content. */
const readToEnd = async (
  dev: Awaited<ReturnType<typeof device>>,
  blksize: number,
): Promise<Buffer> => {
  const content: Array<Uint8Array> = []
  for (;;) {
    const packet = data(await dev.next())
    if (packet.block === ((content.length + 1) & 0xffff)) content.push(packet.data)
    dev.ack(packet.block)
    if (packet.data.length < blksize) return Buffer.concat(content)
  }
}

describe("refusals", () => {
  it("refuses writing with error 2", async () => {
    const { device: dev, records } = await setUp(Buffer.from("x"))
    dev.write("anything")
    expect(await dev.next()).toMatchObject({ type: "ERROR", code: 2 })
    expect(records).toMatchObject([{ outcome: "refused", direction: "from-device" }])
  })

  it("refuses unknown names with error 1 and unknown modes with error 4", async () => {
    const { device: dev, name } = await setUp(Buffer.from("x"))
    dev.read("nothing")
    expect(await dev.next()).toMatchObject({ type: "ERROR", code: 1 })
    dev.read(name, [], "mail")
    expect(await dev.next()).toMatchObject({ type: "ERROR", code: 4 })
  })

  it("answers what is no request with error 4, but never an error", async () => {
    const { device: dev } = await setUp(Buffer.from("x"))
    dev.sendRaw(Buffer.from("nonsense"))
    expect(await dev.next()).toMatchObject({ type: "ERROR", code: 4 })
    dev.sendRaw(Buffer.from([0, 5, 0, 0, 0]))
    expect(await dev.all(100)).toEqual([])
  })

  it("records names without what would upset a terminal", async () => {
    const { device: dev, records } = await setUp(Buffer.from("x"))
    dev.read(`\x1b[31mred\n${"x".repeat(300)}`)
    await dev.next()
    expect(records[0]?.file).toMatch(/^\u{fffd}\[31mred\u{fffd}x{191}\.\.\.$/u)
  })

  it("survives any packets", async () => {
    const { device: dev, name } = await setUp(Buffer.from("x"))
    const opcode = fc.constantFrom([0, 1], [0, 2], [0, 3], [0, 4], [0, 5], [0, 6], [])
    const junk = fc.tuple(opcode, fc.uint8Array({ maxLength: 700 }))
    for (const [start, rest] of fc.sample(junk, 500)) dev.sendRaw(Buffer.from([...start, ...rest]))
    await dev.all(100)
    dev.read(name)
    const packets = [await dev.next(), ...(await dev.all(100))]
    expect(packets).toContainEqual({ type: "DATA", block: 1, data: Buffer.from("x") })
  })

  it("ends a transfer in which the device sends something else", async () => {
    const { device: dev, name, records } = await setUp(randomBytes(2000))
    dev.read(name)
    await dev.next()
    dev.send({ type: "DATA", block: 1, data: Buffer.alloc(3) })
    expect(await dev.next()).toMatchObject({ type: "ERROR", code: 4 })
    expect(records).toMatchObject([{ outcome: "aborted" }])
  })
})

describe("options", () => {
  it("starts with DATA 1 if none is asked for, with OACK if one is accepted", async () => {
    const content = randomBytes(3000)
    const { device: dev, name } = await setUp(content)
    dev.read(name)
    expect(data(await dev.next()).block).toBe(1)
    dev.send({ type: "ERROR", code: 0, message: "" })
    dev.read(name, [
      ["TSize", "0"],
      ["BLKSIZE", "200"],
      ["x", "y"],
    ])
    expect(await dev.next()).toEqual({
      type: "OACK",
      options: [
        ["tsize", "3000"],
        ["blksize", "200"],
      ],
    })
    dev.ack(0)
    expect((await readToEnd(dev, 200)).equals(content)).toBe(true)
  })

  it.each([0, 8])(
    "calls it a probe when a device asks the size and sends error %i",
    async (code) => {
      const { device: dev, name, records } = await setUp(randomBytes(3000))
      dev.read(name, [["tsize", "0"]])
      await dev.next()
      dev.send({ type: "ERROR", code, message: "TFTP Aborted" })
      await expect.poll(() => records).toMatchObject([{ outcome: "probed", bytes: 0 }])
    },
  )

  it("repeats after the time that the device has set", async () => {
    const { device: dev, name } = await setUp(randomBytes(3000))
    dev.read(name, [["timeout", "1"]])
    await dev.next()
    const asked = performance.now()
    expect(await dev.next()).toMatchObject({ type: "OACK" })
    expect(performance.now() - asked).toBeGreaterThan(700)
  })
})

describe("acknowledgements", () => {
  it("does not answer a repeated ACK (the sorcerer's apprentice)", async () => {
    const { device: dev, name, records } = await setUp(randomBytes(512 * 3 + 1))
    dev.read(name)
    expect(data(await dev.next()).block).toBe(1)
    for (let i = 0; i < 5; i++) dev.ack(1)
    expect((await dev.all(80)).map((p) => p && data(p).block)).toEqual([2])
    dev.ack(2)
    dev.ack(1)
    expect((await dev.all(80)).map((p) => p && data(p).block)).toEqual([3])
    dev.ack(3)
    expect(data(await dev.next()).block).toBe(4)
    dev.ack(4)
    await expect.poll(() => records).toMatchObject([{ outcome: "complete", retransmits: 0 }])
  })

  it("ignores ACKs of blocks that were not sent", async () => {
    const { device: dev, name } = await setUp(randomBytes(3000))
    dev.read(name)
    await dev.next()
    dev.ack(2)
    dev.ack(60000)
    expect(await dev.all(80)).toEqual([])
  })

  const window: ReadonlyArray<TftpOption> = [["windowsize", "4"]]

  it("sends a window at a time, and the rest again from a block that was lost", async () => {
    const { device: dev, name, records } = await setUp(randomBytes(512 * 7 + 5))
    dev.read(name, window)
    await dev.next()
    dev.ack(0)
    expect((await dev.all(60)).map((p) => p && data(p).block)).toEqual([1, 2, 3, 4])
    dev.ack(2) // 3 was lost
    dev.ack(2) // and 4 came out of order
    expect((await dev.all(60)).map((p) => p && data(p).block)).toEqual([3, 4, 5, 6])
    dev.ack(6)
    expect((await dev.all(60)).map((p) => p && data(p).block)).toEqual([7, 8])
    dev.ack(8)
    await expect.poll(() => records).toMatchObject([{ outcome: "complete", retransmits: 2 }])
  })

  it("answers one repeated ACK of a window whose first block was lost", async () => {
    const { device: dev, name } = await setUp(randomBytes(512 * 9))
    dev.read(name, window)
    await dev.next()
    dev.ack(0)
    await dev.all(60)
    for (let i = 0; i < 4; i++) dev.ack(0)
    expect((await dev.all(60)).map((p) => p && data(p).block)).toEqual([1, 2, 3, 4])
  })

  it("goes on with the right block after 65535", async () => {
    const content = randomBytes(8 * 65535 + 20)
    const { device: dev, name } = await setUp(content)
    dev.read(name, [
      ["blksize", "8"],
      ["windowsize", "64"],
    ])
    await dev.next()
    dev.ack(0)
    const got: Array<Uint8Array> = []
    while (Buffer.concat(got.slice(-1)).length === 8 || got.length === 0) {
      const packet = data(await dev.next())
      if (packet.block !== ((got.length + 1) & 0xffff)) continue
      got.push(packet.data)
      if (got.length % 64 === 0 || packet.data.length < 8) dev.ack(got.length)
    }
    expect(got.length).toBe(65538)
    expect(Buffer.concat(got).equals(content)).toBe(true)
  })
})

describe("peers", () => {
  it("gives up a device that vanished", async () => {
    const {
      device: dev,
      name,
      records,
    } = await setUp(randomBytes(3000), { afterMs: 100, limit: 3 })
    dev.read(name)
    expect(data(await dev.next()).block).toBe(1)
    await expect
      .poll(() => records, { timeout: 5000 })
      .toMatchObject([{ outcome: "vanished", retransmits: 3, bytes: 0 }])
    expect(await dev.all(50)).toHaveLength(3)
  })

  it("notices at once that a device has closed its port", async () => {
    const {
      device: dev,
      name,
      records,
    } = await setUp(randomBytes(3000), { afterMs: 100, limit: 1000 })
    dev.read(name)
    await dev.next()
    dev.ack(1)
    dev.close()
    await expect.poll(() => records).toMatchObject([{ outcome: "vanished" }])
  })

  it("does not let another port interfere", async () => {
    const content = randomBytes(3000)
    const { device: dev, name } = await setUp(content)
    dev.read(name)
    const first = data(await dev.next())
    const stranger = createSocket("udp4")
    stranger.send(Buffer.from([0, 4, 0, 1]), dev.transferPort(), "127.0.0.1")
    stranger.send(Buffer.from([0, 5, 0, 0, 0]), dev.transferPort(), "127.0.0.1")
    await once(stranger, "listening")
    expect(await dev.all(60)).toEqual([])
    stranger.close()
    dev.ack(1)
    expect(Buffer.concat([first.data, await readRest(dev)]).equals(content)).toBe(true)
  })

  it("takes a doubled request for one, and a later one from the same port for a new one", async () => {
    const { device: dev, name, records } = await setUp(randomBytes(3000))
    dev.read(name)
    dev.read(name)
    await dev.next()
    const port = dev.transferPort()
    await dev.all(60)
    expect(dev.transferPort()).toBe(port)
    dev.ack(1)
    await dev.next()
    dev.read(name)
    expect(data(await dev.next()).block).toBe(1)
    expect(dev.transferPort()).not.toBe(port)
    expect(records).toMatchObject([{ outcome: "aborted", bytes: 512 }])
  })

  it("uses another port for each transfer", async () => {
    const { server, device: one, name } = await setUp(randomBytes(3000))
    const two = await device(server.port)
    one.read(name)
    two.read(name)
    await Promise.all([one.next(), two.next()])
    expect(new Set([one.transferPort(), two.transferPort(), server.port]).size).toBe(3)
  })

  it("ends transfers under way when the job ends, or the server", async () => {
    const {
      files,
      server,
      records,
      publication,
      name,
      device: one,
    } = await setUp(randomBytes(3000))
    const lasting = await publish(files, { files: { g: { bytes: randomBytes(3000) } } })
    const two = await device(server.port)
    one.read(name)
    two.read(lasting.path("g"))
    await Promise.all([one.next(), two.next()])
    await publication.withdraw()
    expect(await one.next()).toMatchObject({ type: "ERROR", code: 0 })
    one.read(name)
    expect(await one.next()).toMatchObject({ type: "ERROR", code: 1 })
    await server.close()
    expect(await two.next()).toMatchObject({ type: "ERROR", code: 0 })
    expect(records.map(({ outcome }) => outcome)).toEqual(["withdrawn", "refused", "closed"])
  })
})

const readRest = async (dev: Awaited<ReturnType<typeof device>>): Promise<Buffer> => {
  const content: Array<Uint8Array> = []
  for (;;) {
    const packet = data(await dev.next())
    content.push(packet.data)
    dev.ack(packet.block)
    if (packet.data.length < 512) return Buffer.concat(content)
  }
}
