import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { createReadStream, createWriteStream } from "node:fs"
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises"
import { basename, join } from "node:path"
import { pipeline } from "node:stream/promises"
import { cacheDirectory } from "./directory.ts"
import { LabError } from "./error.ts"
import { imageNamed, imagePath, scriptsDirectory } from "./images.ts"

/**
 * Build one image in `work` and move it to its place in one step, with a checksum beside each file.
 * What the script prints is kept as NAME.log in the cache; {@link LabError} with its last lines when it fails.
 */
export async function buildImage(name: string, work: string): Promise<void> {
  const { script, arch, inputs } = imageNamed(name)
  const out = join(work, name)
  const temporary = join(work, `${name}.tmp`)
  const apt = join(work, "apt")
  for (const directory of [out, temporary, apt]) await mkdir(directory, { recursive: true })
  const log = join(cacheDirectory(), `${name}.log`)
  const child = spawn("sh", [join(scriptsDirectory, `${script}.sh`)], {
    env: {
      ...process.env,
      ...Object.fromEntries(Object.entries(inputs).map(([key, input]) => [key, imagePath(input)])),
      ARCH: arch,
      LAB_APT: apt,
      LC_ALL: "C.UTF-8",
      NAME: name,
      NODE: process.execPath,
      OUT: out,
      PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`, // depmod, modprobe, in no ordinary user's path
      SCRIPTS: scriptsDirectory,
      TMPDIR: temporary,
    },
    stdio: ["ignore", "pipe", "pipe"],
  })
  const output = createWriteStream(log)
  child.stdout.pipe(output, { end: false })
  child.stderr.pipe(output, { end: false })
  const [code] = (await once(child, "close")) as [number | null]
  await new Promise<void>((resolve) => output.end(resolve))
  if (code !== 0) {
    const last = (await readFile(log, "utf8")).trimEnd().split("\n").slice(-5).join("\n  ")
    throw new LabError(
      `building ${name} failed; all of its output is in ${log}; it ends:\n  ${last}`,
    )
  }
  for (const file of await readdir(out)) await writeChecksum(join(out, file))
  await rename(out, imagePath(name))
}

/** FILE.sha256, as sha256sum writes and checks it. */
async function writeChecksum(file: string): Promise<void> {
  const hash = createHash("sha256")
  await pipeline(createReadStream(file), hash)
  await writeFile(`${file}.sha256`, `${hash.digest("hex")}  ${basename(file)}\n`)
}
