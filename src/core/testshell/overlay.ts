import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { quoteWord } from "../console/quote.ts"
import type { Member } from "../multinode/exchange.ts"
import { InfrastructureError, messageOf } from "../pipeline/errors.ts"
import type { LoadedDefinition } from "./load-definition.ts"
import { exportLines, installScript, runScript } from "./run-script.ts"
import { testMetadata } from "./test-metadata.ts"

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

/** What a device is told of the devices of its job: see lava-self, lava-role and lava-group. */
export interface MultinodeFacts {
  readonly self: string
  readonly role: string
  readonly members: ReadonlyArray<Member>
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
  /** Where the device is one of several of its job. */
  readonly multinode?: MultinodeFacts
  /** The device's shell. Default /bin/sh. */
  readonly shell?: string
  /** What scripts of tests are run by, where the device has it. Default the shell. */
  readonly testShell?: string
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

/** A part of an overlay, by its path relative to the overlay's directory. */
export type OverlayPart =
  | { readonly path: string; readonly type: "directory" }
  | { readonly path: string; readonly type: "file"; readonly mode: number; readonly text: string }
  /** A directory of this machine, with all that is in it but for the names that other parts have. */
  | {
      readonly path: string
      readonly type: "tree"
      readonly source: string
      readonly without: ReadonlySet<string>
    }

/** All that goes to the device for the tests of a job. */
export interface Overlay {
  /** Its directory on the device. */
  readonly directory: string
  readonly parts: ReadonlyArray<OverlayPart>
  readonly stages: ReadonlyArray<OverlayStage>
}

/**
 * Makes the overlay of a job, LAVA's `/lava-<job id>`: the helpers, the tests of each stage, the environment.
 *
 * Fails with an InfrastructureError where the helpers cannot be read.
 */
export const makeOverlay = (
  options: OverlayOptions,
): Effect.Effect<Overlay, InfrastructureError> => {
  const { jobId, directory = `/lava-${jobId}`, shell = "/bin/sh", environment } = options
  const { testShell = shell } = options
  return Effect.map(helpers, (scripts) => {
    const stages = makeStages(directory, options)
    const secrets = Object.entries(options.secrets ?? {})
    return {
      directory,
      stages: stages.map(({ stage }) => stage),
      parts: [
        ...["", "bin", "results", "tests"].map(folder),
        ...scripts.map(({ name, text }) =>
          file(`bin/${name}`, text.replace(/^#!\/bin\/sh\n/, `#!${shell}\n`), 0o755),
        ),
        lines("environment", [
          ...exportLines(environment),
          ...exportLines({ LAVA_SHELL: testShell }),
        ]),
        lines(
          "secrets",
          secrets.map(([name, value]) => `${name}=${quoteWord(value)}`),
          0o600,
        ),
        ...targetParts(options.target ?? {}),
        ...(options.multinode ? multinodeParts(options.multinode) : []),
        ...stages.flatMap(({ parts }) => parts),
      ],
    }
  })
}

/** The helpers of the package, read once: a process may run many jobs. */
let read: Promise<ReadonlyArray<{ readonly name: string; readonly text: string }>> | undefined

const helpers = Effect.tryPromise({
  try: () => (read ??= readHelpers()),
  catch: (cause) => {
    read = undefined
    const why = messageOf(cause)
    return new InfrastructureError({
      message: `the helpers for tests on the device cannot be read: ${why}; is the package whole?`,
      cause,
    })
  },
})

const readHelpers = async () => {
  const names = (await readdir(deviceScripts)).toSorted()
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(deviceScripts, name), "utf8")
      // They may have to be typed: a third of them is comments.
      return { name, text: text.replace(/^\s*#(?!!).*\n/gm, "") }
    }),
  )
}

const folder = (path: string): OverlayPart => ({ path, type: "directory" })

const file = (path: string, text: string, mode = 0o644): OverlayPart => ({
  path,
  type: "file",
  mode,
  text,
})

const lines = (path: string, all: ReadonlyArray<string>, mode?: number): OverlayPart =>
  file(path, all.map((line) => `${line}\n`).join(""), mode)

const targetParts = (facts: TargetFacts): ReadonlyArray<OverlayPart> => {
  const { storage, ...values } = facts
  return [
    folder("target"),
    ...Object.entries(values).map(([name, value]) => lines(`target/${name}`, [value])),
    ...(storage === undefined
      ? []
      : [
          lines(
            "target/storage",
            Object.entries(storage).map(([name, device]) => `${name}\t${device}`),
          ),
        ]),
  ]
}

const multinodeParts = ({ self, role, members }: MultinodeFacts): ReadonlyArray<OverlayPart> => [
  folder("multinode"),
  lines("multinode/self", [self]),
  lines("multinode/role", [role]),
  lines(
    "multinode/group",
    members.map((member) => `${member.node}\t${member.role}`),
  ),
]

interface StageParts {
  readonly stage: OverlayStage
  readonly parts: ReadonlyArray<OverlayPart>
}

const makeStages = (directory: string, options: OverlayOptions): ReadonlyArray<StageParts> => {
  let index = 0
  return options.stages.map((tests, number) => {
    const stage = String(number)
    const places = tests.map((test) => {
      const name = `${index++}_${test.loaded.ref.name}`
      return { test, name, path: `${stage}/tests/${name}` }
    })
    return {
      stage: {
        name: stage,
        command: `${directory}/bin/lava-test-runner ${directory}/${stage}`,
        tests: places.map(({ name }) => name),
      },
      parts: [
        folder(stage),
        folder(`${stage}/tests`),
        lines(
          `${stage}/lava-test-runner.conf`,
          places.map(({ path }) => `${directory}/${path}`),
        ),
        ...places.flatMap(({ test, name, path }) =>
          testParts(path, test, `${directory}/${path}`, name, options),
        ),
      ],
    }
  })
}

/** A test's files: its repository, and what it may have there under our names, a link out of it even, replaced. */
const testParts = (
  path: string,
  { loaded, uuid }: OverlayTest,
  directory: string,
  name: string,
  { shell = "/bin/sh", distro }: OverlayOptions,
): ReadonlyArray<OverlayPart> => {
  const install = installScript(loaded, directory, shell, distro)
  const own: Readonly<Record<string, readonly [text: string, mode?: number]>> = {
    "testdef.yaml": [loaded.text],
    testdef_metadata: [testMetadata(loaded)],
    uuid: [`${uuid}\n`],
    "run.sh": [runScript(loaded, directory, name, shell), 0o755],
    ...(install !== undefined && { "install.sh": [install, 0o755] }),
    ...(loaded.ref["lava-signal"] === "kmsg" && { ".lava-kmsg": [""] }),
  }
  return [
    { path, type: "tree", source: loaded.directory, without: new Set(Object.keys(own)) },
    ...Object.entries(own).map(([each, [text, mode]]) => file(`${path}/${each}`, text, mode)),
  ]
}
