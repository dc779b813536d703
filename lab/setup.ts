import { existsSync } from "node:fs"
import { mkdir, readdir, rename, rm, stat, symlink, utimes } from "node:fs/promises"
import { join } from "node:path"
import { buildImage } from "./build.ts"
import { cacheDirectory } from "./directory.ts"
import { currentDirectory, imageNamed, imagePath, images, publicName } from "./images.ts"
import { withLock } from "./lock.ts"
import { installPackages } from "./packages.ts"

/**
 * Make the lab ready: install packages, build the images named, or all, and what they are built from, and
 * link them where this checkout's lab finds them. What is there already is left alone. `report` gets progress lines.
 */
export async function setup(
  asked: ReadonlyArray<string> | undefined,
  forTests: boolean,
  report: (line: string) => void,
): Promise<void> {
  const names = withInputs(asked ?? usualImages)
  await installPackages(report, forTests)
  const cache = cacheDirectory()
  await mkdir(cache, { recursive: true })
  const missing = names.filter((name) => !existsSync(imagePath(name)))
  if (missing.length > 0) {
    const start = Date.now()
    await withLock(join(cache, "lock"), () => buildMissing(cache, names, report))
    report(`images ready after ${seconds(start)}`)
  }
  const current = currentDirectory()
  await mkdir(current, { recursive: true })
  await utimes(current, new Date(), new Date()) // it is in use
  for (const name of names) await publish(current, name)
}

const usualImages = Object.keys(images).filter((name) => !imageNamed(name).onDemand)

/** The images and all images that they are built from, those first. */
function withInputs(names: ReadonlyArray<string>): ReadonlyArray<string> {
  const inputs = names.flatMap((name) => Object.values(imageNamed(name).inputs))
  return [...new Set([...(inputs.length > 0 ? withInputs(inputs) : []), ...names])]
}

async function buildMissing(
  cache: string,
  names: ReadonlyArray<string>,
  report: (line: string) => void,
): Promise<void> {
  // Whoever was here and is not any more left these: the lock is ours.
  for (const entry of await readdir(cache)) {
    const path = join(cache, entry)
    if (entry.startsWith("tmp-") || (await isForgotten(path))) {
      await rm(path, { recursive: true, force: true })
    }
  }
  const work = join(cache, `tmp-${process.pid}`)
  await mkdir(work)
  const inTurn = limiter(2)
  const built = new Map<string, Promise<void>>()
  for (const name of names.filter((name) => !existsSync(imagePath(name)))) {
    const inputs = Object.values(imageNamed(name).inputs).map(
      (input) => built.get(input) ?? Promise.resolve(),
    )
    const build = Promise.all(inputs).then(() =>
      inTurn(async () => {
        const start = Date.now()
        report(`building ${name}`)
        await buildImage(name, work)
        report(`built ${name} in ${seconds(start)}`)
      }),
    )
    built.set(name, build)
  }
  const ends = await Promise.allSettled(built.values())
  await rm(work, { recursive: true, force: true })
  for (const end of ends) if (end.status === "rejected") throw end.reason
}

/** Whether no setup has asked for this image or directory of links in the last thirty days: it is of older scripts. */
async function isForgotten(path: string): Promise<boolean> {
  if (!/-[0-9a-f]{12}$/.test(path)) return false
  return Date.now() - (await stat(path)).mtimeMs > 30 * 24 * 3_600_000
}

/** Run at most `limit` tasks at a time, in the order in which they are given; none more once one has failed. */
function limiter(limit: number): (task: () => Promise<void>) => Promise<void> {
  const waiting: Array<() => void> = []
  let running = 0
  let failure: { readonly reason: unknown } | undefined
  return async (task) => {
    if (running === limit) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      if (failure) throw failure.reason
      await task()
    } catch (reason) {
      failure ??= { reason }
      throw reason
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}

/** Link the image's files under the names that jobs know them by. */
async function publish(current: string, name: string): Promise<void> {
  const path = imagePath(name)
  await utimes(path, new Date(), new Date()) // it is in use
  for (const file of await readdir(path)) {
    const link = join(current, publicName(name, file))
    await mkdir(join(link, ".."), { recursive: true })
    const next = `${link}.new-${process.pid}`
    await symlink(join(path, file), next)
    await rename(next, link)
  }
}

const seconds = (start: number): string => `${((Date.now() - start) / 1000).toFixed(1)} s`
