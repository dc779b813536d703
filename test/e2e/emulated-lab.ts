import { createSocket } from "node:dgram"
import { once } from "node:events"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execa } from "execa"

const root = join(import.meta.dirname, "../..")
const lab = join(root, "lab/lab")

/** A lab of emulated machines of a test's own. */
export interface EmulatedLab {
  readonly directory: string
  /** Path of its lab file. */
  readonly file: string
  /** Whether a machine is switched on. */
  readonly power: (machine: string) => Promise<string>
  readonly stop: () => Promise<void>
}

/** Builds what the machines need, where it is not there yet, and plugs them in, switched off. */
export const startLab = async (
  machines: ReadonlyArray<string>,
  images: ReadonlyArray<string>,
): Promise<EmulatedLab> => {
  await execa(lab, ["setup", "--images", images.join(",")], { stdio: "inherit" })
  const directory = await mkdtemp(join(tmpdir(), "lab-dispatch-e2e-"))
  const port = String(await freeUdpPort())
  await execa(lab, ["up", "--dir", directory, "--tftp-port", port, ...machines])
  return {
    directory,
    file: join(directory, "lab.json"),
    power: async (machine) =>
      (await execa(lab, ["status", machine, "--dir", directory])).stdout.trim(),
    stop: async () => {
      await execa(lab, ["down", "--dir", directory])
      await rm(directory, { recursive: true, force: true })
    },
  }
}

const freeUdpPort = async (): Promise<number> => {
  const socket = createSocket("udp4")
  socket.bind(0)
  await once(socket, "listening")
  const { port } = socket.address()
  socket.close()
  return port
}

/** What a run of the command left. */
export interface DispatchRun {
  readonly exitCode: number | undefined
  readonly output: string
  readonly results: ReadonlyArray<Record<string, unknown>>
  /** The recording of the console. */
  readonly console: string
}

/** Starts `dispatch JOB` as a user would. */
export const startDispatch = (
  job: string,
  lab: EmulatedLab,
  outputDir: string,
  options: ReadonlyArray<string> = [],
) =>
  execa(
    process.execPath,
    [join(root, "src/cli.ts"), job, "--lab", lab.file, "--output-dir", outputDir, ...options],
    { reject: false, all: true, env: { NO_COLOR: "1" } },
  )

/** Runs `dispatch JOB` to its end. */
export const runDispatch = async (
  job: string,
  lab: EmulatedLab,
  outputDir: string,
  options: ReadonlyArray<string> = [],
): Promise<DispatchRun> => {
  const run = await startDispatch(job, lab, outputDir, options)
  return {
    exitCode: run.exitCode,
    output: run.all,
    results: await readJson(join(outputDir, "results.json")),
    console: await readFile(join(outputDir, "uart0.log"), "utf8").catch(() => ""),
  }
}

const readJson = async (path: string): Promise<ReadonlyArray<Record<string, unknown>>> =>
  JSON.parse(await readFile(path, "utf8").catch(() => "[]")) as Array<Record<string, unknown>>
