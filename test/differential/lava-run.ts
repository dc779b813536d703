import { createReadStream } from "node:fs"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execa } from "execa"
import { afterAll, beforeAll } from "vitest"
import { parse } from "yaml"
import { imageFiles } from "../../lab/images.ts"
import { serve } from "../core/artifacts/file-server.ts"
import type { Outcome, Result } from "./outcome.ts"

const lab = join(import.meta.dirname, "../../lab/lab")

/** LAVA's own dispatcher, unpacked. */
export interface LavaRun {
  /** Runs a job on a device, both given by the paths of their files, as the dispatcher of a LAVA worker. */
  readonly run: (job: string, device: string) => Promise<Outcome>
}

/** LAVA's dispatcher for the tests of a file; where it cannot be had, why. */
export const useLavaRun = async (): Promise<LavaRun | { readonly missing: string }> => {
  const setup = await execa(lab, ["setup", "--images", "lava-run"], { reject: false, all: true })
  const archive = imageFiles()["lava-run/lava-run.tar"]
  if (archive === undefined) return { missing: setup.all.trim().split("\n").at(-1) ?? "" }
  let directory = ""
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "lava-run-"))
    await execa("tar", ["-x", "-f", archive, "-C", directory])
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))
  return { run: (job, device) => run(directory, job, device) }
}

/** The directory of a worker that its web server shows to devices. */
const served = "/var/lib/lava/dispatcher/tmp"

/**
 * As root of a user namespace with its own view of the worker's directory, and an end to all that it started.
 * $0 is the directory that stands for the worker's.
 */
const asWorker = `
mount -t tmpfs none /var/lib
mkdir -p ${served}
mount --bind "$0" ${served}
exec "$@"
`

const run = async (installed: string, job: string, device: string) => {
  const directory = await mkdtemp(join(installed, "job-"))
  const files = join(directory, "tmp")
  await mkdir(files)
  await using server = await serve((request, response) => {
    createReadStream(join(directory, request.url ?? ""))
      .on("error", () => response.writeHead(404).end())
      .pipe(response)
  })
  const dispatcher = join(directory, "dispatcher.yaml")
  const http = server.url.replace("http://", "")
  await writeFile(dispatcher, `dispatcher_ip: 127.0.0.1\ndispatcher_http_ip: ${http}\n`)
  const options = { "job-id": "1", "output-dir": directory, device, dispatcher }
  const words = [
    ["-Urmpf", "--kill-child", "--mount-proc", "sh", "-ec", asWorker, files],
    ["/usr/bin/python3", join(installed, "usr/bin/lava-run")],
    Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    [job],
  ].flat()
  const { stderr } = await execa("unshare", words, {
    env: { PYTHONPATH: join(installed, "usr/lib/python3/dist-packages") },
    reject: false,
    timeout: 120_000,
  })
  const results = resultsOf(stderr)
  if (results.length === 0) throw new Error(`lava-run said nothing of the job: ${stderr}`)
  return { log: stderr, results }
}

/** The results in a log of LAVA's, an entry a line. */
const resultsOf = (log: string): ReadonlyArray<Result> =>
  log.split("\n").flatMap((line) => {
    if (!line.includes('"lvl": "results"')) return []
    return [(parse(line) as { readonly msg: Result }).msg]
  })
