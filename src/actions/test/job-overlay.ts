import { createWriteStream } from "node:fs"
import { createHash } from "node:crypto"
import { join } from "node:path"
import { Transform } from "node:stream"
import { pipeline } from "node:stream/promises"
import * as Effect from "effect/Effect"
import { Artifacts } from "../../core/artifacts/artifacts.ts"
import type { Blocks, JobDefinition } from "../../core/job/v2/job.ts"
import { CurrentJob, type JobServices } from "../../core/lab/services.ts"
import { Exchange } from "../../core/multinode/exchange.ts"
import { DeviceServers } from "../../core/net/servers.ts"
import { type DispatchError, InfrastructureError, messageOf } from "../../core/pipeline/errors.ts"
import type { TestSource } from "../../core/pipeline/events.ts"
import { dataKey, findData, setData } from "../../core/pipeline/job-data.ts"
import { part } from "../../core/pipeline/part.ts"
import type { TestDefinitionRef } from "../../core/testshell/definition.ts"
import { loadDefinition, pathOf } from "../../core/testshell/load-definition.ts"
import { makeOverlay, type Overlay, type OverlayTest } from "../../core/testshell/overlay.ts"
import { packOverlay } from "../../core/testshell/pack-overlay.ts"
import { testSystem } from "../../core/testshell/test-system.ts"
import type { FileToDeliver } from "../transfer/deliver.ts"

/** The tests of a job and LAVA's helpers, ready to go to the device. */
export interface JobOverlay {
  readonly overlay: Overlay
  /** A tar archive, to be unpacked in the root of the device's file system. */
  readonly archive: FileToDeliver
  readonly stages: ReadonlyArray<JobStage>
}

/** The tests of one block of a job. */
export interface JobStage {
  /** Its name on the device: "0", "1", ... */
  readonly name: string
  /** The command that runs them. */
  readonly command: string
  readonly tests: ReadonlyArray<JobTest>
}

/** What is to be known of a test to read its results. */
export interface JobTest {
  /** `<index>_<name>`, as signals have it. */
  readonly name: string
  readonly source: TestSource
  readonly expected: ReadonlyArray<string> | undefined
  readonly parse:
    | { readonly pattern: string; readonly fixupdict?: Readonly<Record<string, string>> }
    | undefined
}

const Made = dataKey<JobOverlay>("the tests' overlay", "job")

/** Says that the overlay is on the device. */
export const OverlayOnDevice = dataKey<true>("the tests on the device", "connection")

/** A test block that runs definitions in a shell on the device. */
export type DefinitionsBlock = Extract<Blocks["test"], { definitions: unknown }>

/** The tests of a job that run in a shell on the device. */
export const definitionsOf = (job: JobDefinition): ReadonlyArray<DefinitionsBlock> =>
  job.actions.flatMap((each) => ("test" in each && "definitions" in each.test ? [each.test] : []))

/** Whether a job has tests that run in a shell on the device. */
export const hasTests = (job: JobDefinition): boolean => definitionsOf(job).length > 0

/** The overlay of a job: all its test definitions, fetched once. */
export const jobOverlay = (
  job: JobDefinition,
): Effect.Effect<JobOverlay, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const made = (yield* findData(Made)) ?? (yield* makeJobOverlay(job))
    yield* setData(Made, made)
    return made
  })

/** As `jobOverlay`, afresh, and not kept: for a job that then waits for days. */
export const makeJobOverlay = (
  job: JobDefinition,
): Effect.Effect<JobOverlay, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const { id, device, directory, role } = yield* CurrentJob
    const { members } = yield* Exchange
    const { fetch } = yield* Artifacts
    const { address } = yield* DeviceServers
    const stages = yield* Effect.forEach(definitionsOf(job), ({ definitions }, stage) =>
      Effect.forEach(definitions, (ref, index) =>
        Effect.map(
          asAction(
            ref,
            loadDefinition(ref, {
              directory: join(directory, "tests", `${stage}.${index}`),
              fetch,
            }),
          ),
          (loaded) => ({ loaded, uuid: `${id}_${stage}.${index}` }),
        ),
      ),
    )
    const os = job.actions.flatMap((each) =>
      "deploy" in each && "os" in each.deploy ? [each.deploy.os] : [],
    )[0]
    const { directory: place, ...system } = testSystem(os)
    const onDevice = job.context?.lava_test_results_dir?.replaceAll("%s", id)
    const overlay = yield* makeOverlay({
      jobId: id,
      directory: onDevice ?? `${place}${id}`,
      ...system,
      stages,
      environment: {
        LAVA_JOB_ID: id,
        LAVA_DISPATCHER_IP: address,
        LAVA_DEVICE_HOSTNAME: device.name,
        LAVA_DEVICE_TYPE: device.type,
        ...job.environment,
      },
      ...(job.secrets && { secrets: job.secrets }),
      ...(role && { multinode: { self: role.node, role: role.role, members } }),
      target: {
        ...(device.mac !== undefined && { mac: device.mac }),
        ...(device.address !== undefined && { ip: device.address }),
      },
    })
    return {
      overlay,
      archive: yield* archiveOf(overlay, join(directory, "overlay.tar")),
      stages: overlay.stages.map(({ name, command, tests }, stage) => ({
        name,
        command,
        tests: tests.map((test, index) => testOf(test, stages[stage]![index]!)),
      })),
    }
  })

/** LAVA has a result for each clone. */
const asAction = <A, R>({ from }: TestDefinitionRef, load: Effect.Effect<A, DispatchError, R>) =>
  from === "git" ? part("git-repo-action", load) : load

const testOf = (
  name: string,
  { uuid, loaded: { ref, definition, commit } }: OverlayTest,
): JobTest => ({
  name,
  source: {
    uuid,
    repository: ref.repository,
    path: pathOf(ref),
    ...(ref.from === "git" && ref.revision !== undefined && { revision: ref.revision }),
    ...(commit !== undefined && { commit }),
  },
  expected: ref.expected ?? definition.expected,
  parse: parseOf(definition.parse),
})

const parseOf = (
  parse:
    | {
        readonly pattern?: string | undefined
        readonly fixupdict?: Readonly<Record<string, string>> | null | undefined
      }
    | null
    | undefined,
): JobTest["parse"] =>
  parse?.pattern === undefined
    ? undefined
    : { pattern: parse.pattern, ...(parse.fixupdict && { fixupdict: parse.fixupdict }) }

const archiveOf = (overlay: Overlay, path: string) =>
  Effect.tryPromise({
    try: async (signal): Promise<FileToDeliver> => {
      const hash = createHash("sha256")
      let size = 0
      const measured = new Transform({
        transform(chunk: Buffer, _, done) {
          hash.update(chunk)
          size += chunk.length
          done(null, chunk)
        },
      })
      await pipeline(packOverlay(overlay), measured, createWriteStream(path), { signal })
      return { path, name: "overlay.tar", size, sha256: hash.digest("hex") }
    },
    catch: (cause) =>
      new InfrastructureError({
        message: `the tests could not be packed: ${messageOf(cause)}`,
        cause,
      }),
  })
