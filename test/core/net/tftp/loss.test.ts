import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, it } from "vitest"
import { PublishedFiles } from "../../../../src/core/net/published-files.ts"
import { output } from "../run.ts"
import { publish, randomFile, startTftp, temporaryDirectory } from "../serve.ts"
import { type Fate, lossyLink } from "./lossy-link.ts"

/** The same fates in each run: a linear congruential generator. */
const chance = (seed: number) => {
  let state = seed
  return () => (state = (state * 1103515245 + 12345) % 2 ** 31) / 2 ** 31
}

const fetchOver = async (
  fate: (packet: Buffer, toServer: boolean) => Fate,
  options: ReadonlyArray<string>,
  size: number,
  afterMs = 100,
) => {
  const files = new PublishedFiles()
  const { server, records } = await startTftp(files, { afterMs, limit: 20 })
  const { path, bytes } = await randomFile(size)
  const publication = await publish(files, { files: { f: { path } } })
  const link = await lossyLink(server.port, fate)
  const local = join(await temporaryDirectory(), "fetched")
  const args = [...options.flatMap((option) => ["--option", option]), "-g"]
  const where = ["-r", publication.path("f"), "-l", local, "127.0.0.1", String(link.port)]
  await output("atftp", [...args, ...where])
  return { records, whole: (await readFile(local)).equals(bytes) }
}

it("delivers a file over a link that loses data and acknowledgements", async () => {
  const next = chance(1)
  const fate = (packet: Buffer) => (packet[1] !== 1 && next() < 0.05 ? "lose" : "deliver")
  const { records, whole } = await fetchOver(fate, [], 512 * 200 + 7)
  expect(whole).toBe(true)
  const served = records.find(({ bytes }) => bytes > 0)
  expect(served?.retransmits).toBeGreaterThan(0)
})

it("delivers a file in windows over a link that loses packets", async () => {
  const next = chance(2)
  let seen = 0
  const fate = (packet: Buffer, toServer: boolean) =>
    seen++ > 3 && !toServer && next() < 0.02 ? "lose" : "deliver"
  const { records, whole } = await fetchOver(fate, ["windowsize 16", "blksize 1428"], 1428 * 700)
  expect(whole).toBe(true)
  expect(records[0]?.retransmits).toBeGreaterThan(0)
})

it("sends each block once over a link that doubles every packet", async () => {
  let blocks = 0
  const fate = (packet: Buffer, toServer: boolean) => {
    if (!toServer && packet[1] === 3) blocks++
    return "double" as const
  }
  const { records, whole } = await fetchOver(fate, [], 512 * 100, 5000)
  expect(whole).toBe(true)
  expect(blocks).toBe(101)
  expect(records[0]).toMatchObject({ outcome: "complete", retransmits: 0 })
})

it("delivers a file over a link that delays every tenth packet", async () => {
  let seen = 0
  const fate = () => (++seen % 10 === 0 ? "delay" : "deliver")
  const { whole } = await fetchOver(fate, [], 512 * 200)
  expect(whole).toBe(true)
})
