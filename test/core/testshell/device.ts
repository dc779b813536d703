import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { execa } from "execa"
import { afterAll, beforeAll } from "vitest"
import { TestDefinitionRef } from "../../../src/core/testshell/definition.ts"
import { loadDefinition } from "../../../src/core/testshell/load-definition.ts"
import {
  makeOverlay,
  type Overlay,
  type OverlayOptions,
} from "../../../src/core/testshell/overlay.ts"
import { packOverlay } from "../../../src/core/testshell/pack-overlay.ts"
import type { Signal } from "../../../src/core/testshell/signal.ts"
import { SignalParser } from "../../../src/core/testshell/signals.ts"

/** A shell, and the programs that a device with it has. */
export interface DeviceShell {
  readonly name: string
  readonly shell: string
  readonly path: string
}

/** A directory for the tests of a file, removed after them. */
export const useDirectory = (): { readonly path: string } => {
  const directory = { path: "" }
  beforeAll(async () => {
    directory.path = await mkdtemp(join(tmpdir(), "testshell-"))
  })
  afterAll(() => rm(directory.path, { recursive: true, force: true }))
  return directory
}

/** busybox with nothing but its own programs, dash, bash, and bash in its POSIX mode. */
export const deviceShells = async (directory: string): Promise<ReadonlyArray<DeviceShell>> => {
  const busybox = join(directory, "busybox")
  const posix = join(directory, "posix")
  await mkdir(busybox)
  await mkdir(posix)
  await execa("busybox", ["--install", "-s", busybox])
  await symlink("/bin/bash", join(posix, "sh"))
  const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
  return [
    { name: "busybox", shell: join(busybox, "ash"), path: busybox },
    { name: "dash", shell: "/bin/dash", path },
    { name: "bash", shell: "/bin/bash", path },
    { name: "bash as sh", shell: join(posix, "sh"), path },
  ]
}

/** The steps of a definition, or all of one. */
export type Definition = ReadonlyArray<string> | Record<string, unknown>

const isSteps = (given: Definition): given is ReadonlyArray<string> => Array.isArray(given)

/** Unpacks the overlay of one stage at a place where it runs on this machine. */
export const overlayOf = async (
  directory: string,
  { shell }: Pick<DeviceShell, "shell">,
  definitions: Readonly<Record<string, Definition>>,
  options: Partial<OverlayOptions> = {},
): Promise<Overlay> => {
  const place = await mkdtemp(join(directory, "overlay-"))
  const load = (name: string, given: Definition, index: number) => {
    const parts = isSteps(given) ? { run: { steps: given } } : given
    const repository = { metadata: { name }, ...parts }
    const ref = TestDefinitionRef.parse({ from: "inline", name, repository })
    return loadDefinition(ref, {
      directory: join(place, "definitions", String(index)),
      fetch: () => Effect.die("an inline definition needs no archive"),
    })
  }
  const loaded = await Effect.runPromise(
    Effect.forEach(Object.entries(definitions), ([name, given], index) => load(name, given, index)),
  )
  const overlayDirectory = join(place, "lava-1")
  const tests = loaded.map((loaded, index) => ({ loaded, uuid: `1_1.${index}` }))
  const overlay = await Effect.runPromise(
    makeOverlay({
      jobId: "1",
      directory: overlayDirectory,
      stages: [tests],
      shell,
      ...options,
    }),
  )
  await execa("tar", ["-x", "-C", "/"], { input: packOverlay(overlay) })
  return overlay
}

/** Runs a command of a device with its console, a PTY, as output. */
export const onConsole = async ({ path, shell }: DeviceShell, command: string): Promise<string> => {
  const { stdout } = await execa(
    "/usr/bin/script",
    ["-qec", `exec ${shell} ${command}`, "/dev/null"],
    {
      env: { PATH: path, TERM: "dumb", HOME: "/root" },
      extendEnv: false,
      stdin: "ignore",
      stripFinalNewline: false,
      timeout: 60_000,
    },
  )
  return stdout
}

/** Runs the first stage of an overlay: its console text. */
export const runStage = (device: DeviceShell, overlay: Overlay): Promise<string> =>
  onConsole(device, overlay.stages[0]?.command ?? "")

/** The signals of a stage's console text. */
export const signalsOf = (text: string): ReadonlyArray<Signal> => {
  const parser = new SignalParser({ stage: "0" })
  return [...parser.push(text), ...parser.end()]
}
