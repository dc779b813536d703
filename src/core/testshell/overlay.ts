import { createReadStream } from "node:fs"
import {
  chmod,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  writeFile,
} from "node:fs/promises"
import { join } from "node:path"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import type { Pack } from "tar-stream"
import { stringify } from "yaml"
import { quoteWord } from "../console/quote.ts"
import { InfrastructureError } from "../pipeline/errors.ts"
import type { LoadedDefinition } from "./load-definition.ts"
import { exportLines, installScript, runScript } from "./run-script.ts"

/** The helpers that go to the device: shell scripts, beside src and dist in the package. */
const deviceScripts = fileURLToPath(new URL("../../../device-scripts", import.meta.url))

/** What the lab knows of a device and tells its tests: see lava-target-ip and the like. */
export interface TargetFacts {
  readonly ip?: string
  readonly mac?: string
  readonly probe_ip?: string
  readonly probe_channel?: string
  /** Name -> device path. */
  readonly storage?: Readonly<Record<string, string>>
}

/** A test of a stage. */
export interface OverlayTest {
  readonly loaded: LoadedDefinition
  /** LAVA's `<job id>_<level of the action>`. */
  readonly uuid: string
}

/** What an overlay is made of. */
export interface OverlayOptions {
  readonly jobId: string
  /** The overlay's directory on the device. Default `/lava-<job id>`. */
  readonly directory?: string
  /** One stage for each test action of the job, in order; the tests of each in order. */
  readonly stages: ReadonlyArray<ReadonlyArray<OverlayTest>>
  /** Variables for every test (LAVA_JOB_ID, ...). Names must be names of variables. */
  readonly environment?: Readonly<Record<string, string>>
  /** Written to a file that a test may read, and nowhere else. Names must be names of variables. */
  readonly secrets?: Readonly<Record<string, string>>
  readonly target?: TargetFacts
  /** The device's shell. Default /bin/sh. */
  readonly shell?: string
  /** The system on the device (`os` of the deploy action), for `install.deps-<distro>`. */
  readonly distro?: string
}

/** A stage of an overlay. */
export interface OverlayStage {
  /** Its name on the device: "0", "1", ... */
  readonly name: string
  /** The command that runs its tests, to be typed at the device's prompt. */
  readonly command: string
  /** The names of its tests as signals have them: `<index>_<name>`; the index counts over all stages. */
  readonly tests: ReadonlyArray<string>
}

/** An overlay, written. */
export interface Overlay {
  /** Its directory on the device. */
  readonly directory: string
  /** The directory on this machine that holds what goes into it. */
  readonly path: string
  readonly stages: ReadonlyArray<OverlayStage>
}

/**
 * Writes the overlay of a job, LAVA's `/lava-<job id>`: the helpers, the tests of each stage, the
 * environment.
 *
 * Fails with an InfrastructureError where the disk does.
 *
 * @param path a directory that does not exist
 */
export const writeOverlay = (
  path: string,
  options: OverlayOptions,
): Effect.Effect<Overlay, InfrastructureError> =>
  Effect.tryPromise({
    try: () => write(path, options),
    catch: (cause) =>
      new InfrastructureError({
        message: `the overlay could not be written: ${cause instanceof Error ? cause.message : String(cause)}`,
        cause,
      }),
  })

const write = async (path: string, options: OverlayOptions): Promise<Overlay> => {
  const { jobId, directory = `/lava-${jobId}`, shell = "/bin/sh" } = options
  await mkdir(join(path, "bin"), { recursive: true })
  await mkdir(join(path, "results"))
  await mkdir(join(path, "tests"))
  await copyScripts(join(path, "bin"), shell)

  const environment = [...exportLines(options.environment), ...exportLines({ LAVA_SHELL: shell })]
  await writeLines(join(path, "environment"), environment)
  const secrets = Object.entries(options.secrets ?? {})
  await writeLines(
    join(path, "secrets"),
    secrets.map(([name, value]) => `${name}=${quoteWord(value)}`),
    0o600,
  )
  await writeTarget(join(path, "target"), options.target ?? {})

  const stages: OverlayStage[] = []
  let index = 0
  for (const [number, tests] of options.stages.entries()) {
    const stage = String(number)
    await mkdir(join(path, stage, "tests"), { recursive: true })
    const names: string[] = []
    for (const test of tests) {
      const name = `${index++}_${test.loaded.ref.name}`
      names.push(name)
      const place = join(stage, "tests", name)
      await writeTest(join(path, place), test, `${directory}/${place}`, name, options)
    }
    const list = names.map((name) => `${directory}/${stage}/tests/${name}`)
    await writeLines(join(path, stage, "lava-test-runner.conf"), list)
    const command = `${directory}/bin/lava-test-runner ${directory}/${stage}`
    stages.push({ name: stage, command, tests: names })
  }
  return { directory, path, stages }
}

const copyScripts = async (bin: string, shell: string): Promise<void> => {
  for (const name of await readdir(deviceScripts)) {
    const text = await readFile(join(deviceScripts, name), "utf8")
    const script = text.replace(/^#!\/bin\/sh\n/, `#!${shell}\n`)
    await writeFile(join(bin, name), script, { mode: 0o755 })
  }
}

const writeTarget = async (path: string, facts: TargetFacts): Promise<void> => {
  const { storage, ...values } = facts
  await mkdir(path)
  for (const [name, value] of Object.entries(values)) await writeLines(join(path, name), [value])
  if (storage !== undefined) {
    const lines = Object.entries(storage).map(([name, device]) => `${name}\t${device}`)
    await writeLines(join(path, "storage"), lines)
  }
}

const writeTest = async (
  path: string,
  { loaded, uuid }: OverlayTest,
  directory: string,
  name: string,
  { shell = "/bin/sh", distro }: OverlayOptions,
): Promise<void> => {
  const { ref, definition, text, commit } = loaded
  await cp(loaded.directory, path, { recursive: true, verbatimSymlinks: true })
  const metadata = {
    os: definition.metadata["os"] ?? "",
    devices: definition.metadata["devices"] ?? "",
    environment: definition.metadata["environment"] ?? "",
    branch_vcs: ref.from,
    project_name: definition.metadata.name,
    ...(commit !== undefined && { commit_id: commit }),
  }
  await writeNew(join(path, "testdef.yaml"), text)
  await writeNew(join(path, "testdef_metadata"), stringify(metadata))
  await writeNew(join(path, "uuid"), `${uuid}\n`)
  await writeNew(join(path, "run.sh"), runScript(loaded, directory, name, shell), 0o755)
  const install = installScript(loaded, directory, shell, distro)
  if (install !== undefined) await writeNew(join(path, "install.sh"), install, 0o755)
  if (ref["lava-signal"] === "kmsg") await writeNew(join(path, ".lava-kmsg"), "")
}

/** Writes a file in place of what a repository may have there, a link out of it even. */
const writeNew = async (path: string, text: string, mode = 0o644): Promise<void> => {
  await rm(path, { recursive: true, force: true })
  await writeFile(path, text, { flag: "wx", mode })
  await chmod(path, mode)
}

const writeLines = (path: string, lines: ReadonlyArray<string>, mode = 0o644): Promise<void> =>
  writeFile(path, lines.map((line) => `${line}\n`).join(""), { mode })

/**
 * An overlay as a tar archive (ustar), to be unpacked in the root of the device's file system. All
 * belongs to root. The stream ends with an error where the disk does.
 */
export const packOverlay = (overlay: Overlay): Readable =>
  Readable.from(packed(overlay), { objectMode: false })

async function* packed(overlay: Overlay): AsyncGenerator<Buffer> {
  const { pack } = await import("tar-stream")
  const archive = pack()
  addTree(archive, overlay.path, overlay.directory.replace(/^\/+/, "")).then(
    () => archive.finalize(),
    (error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))),
  )
  yield* archive as AsyncIterable<Buffer>
}

const addTree = async (archive: Pack, path: string, name: string): Promise<void> => {
  const found = await lstat(path)
  const { mtime, size } = found
  const owner = { uid: 0, gid: 0, uname: "root", gname: "root" }
  const header = { name, mode: found.mode & 0o7777, mtime, ...owner }
  if (found.isSymbolicLink()) {
    archive.entry({ ...header, type: "symlink", linkname: await readlink(path) })
  } else if (found.isDirectory()) {
    archive.entry({ ...header, type: "directory" })
    const names = await readdir(path)
    for (const each of names.toSorted()) await addTree(archive, join(path, each), `${name}/${each}`)
  } else if (found.isFile()) {
    await pipeline(createReadStream(path), archive.entry({ ...header, type: "file", size }))
  }
}
