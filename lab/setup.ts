import { existsSync } from "node:fs"
import { mkdir, readdir, rm, symlink, rename } from "node:fs/promises"
import { join } from "node:path"
import { buildImage } from "./build.ts"
import { cacheDirectory } from "./directory.ts"
import { imageNamed, imagePath, images, publicName } from "./images.ts"
import { withLock } from "./lock.ts"
import { installPackages } from "./packages.ts"

/**
 * Make the lab ready: install packages, build the images named, or all, and what they are built from, and
 * point `current/` of the cache at them. What is there already is left alone. `report` gets progress lines.
 */
export async function setup(
  asked: ReadonlyArray<string> | undefined,
  forTests: boolean,
  report: (line: string) => void,
): Promise<void> {
  const names = withInputs(asked ?? Object.keys(images))
  await installPackages(report, forTests)
  const cache = cacheDirectory()
  await mkdir(cache, { recursive: true })
  const missing = names.filter((name) => !existsSync(imagePath(name)))
  if (missing.length > 0) {
    const start = Date.now()
    await withLock(join(cache, "lock"), () => buildMissing(cache, names, report))
    report(`images ready after ${seconds(start)}`)
  }
  for (const name of names) await publish(join(cache, "current"), name)
}

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
  for (const left of await readdir(cache)) {
    if (left.startsWith("tmp-")) await rm(join(cache, left), { recursive: true, force: true })
  }
  const work = join(cache, `tmp-${process.pid}`)
  await mkdir(work)
  const built = new Map<string, Promise<void>>()
  const turns = [Promise.resolve(), Promise.resolve()] // two builds at a time
  for (const [index, name] of names.filter((name) => !existsSync(imagePath(name))).entries()) {
    const before = Object.values(imageNamed(name).inputs).map((input) => built.get(input))
    const turn = index % turns.length
    const build = Promise.all([turns[turn], ...before]).then(async () => {
      const start = Date.now()
      report(`building ${name}`)
      await buildImage(name, work)
      report(`built ${name} in ${seconds(start)}`)
    })
    built.set(name, build)
    turns[turn] = build
  }
  try {
    await Promise.all(built.values())
  } finally {
    await Promise.allSettled(built.values())
    await rm(work, { recursive: true, force: true })
  }
}

/** Link the image's files under the names that jobs know them by. */
async function publish(current: string, name: string): Promise<void> {
  const path = imagePath(name)
  for (const file of await readdir(path)) {
    const link = join(current, publicName(name, file))
    await mkdir(join(link, ".."), { recursive: true })
    const next = `${link}.new-${process.pid}`
    await symlink(join(path, file), next)
    await rename(next, link)
  }
}

const seconds = (start: number): string => `${((Date.now() - start) / 1000).toFixed(1)} s`
