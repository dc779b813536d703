import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import type { LocalArtifact } from "../../core/artifacts/artifact.ts"
import type { JobDefinition } from "../../core/job/v2/job.ts"
import type { Device } from "../../core/lab/device.ts"
import { CurrentJob, type JobServices } from "../../core/lab/services.ts"
import { ganeshaPrograms } from "../../core/net/nfs/ganesha.ts"
import type { NfsExport } from "../../core/net/nfs/nfs-export.ts"
import { DeviceServers } from "../../core/net/servers.ts"
import { pathInRoot } from "../../core/path-in-root.ts"
import { type Action, action, sequence } from "../../core/pipeline/action.ts"
import { watchFor } from "../../core/pipeline/breakdown.ts"
import { remainingSeconds } from "../../core/pipeline/deadline.ts"
import { InfrastructureError, JobError, messageOf } from "../../core/pipeline/errors.ts"
import { dataKey, getData, setData } from "../../core/pipeline/job-data.ts"
import { hostCommand } from "../../core/power/host-command.ts"
import { hasTests, jobOverlay, OverlayOnDevice } from "../test/job-overlay.ts"
import { RootfsArchive } from "./unpack-rootfs.ts"

/** The archive of the kernel's modules on this machine. */
export const ModulesArchive = dataKey<ReadonlyArray<LocalArtifact>>("the modules' archive")

/** The root file system that the device mounts. Left by `deployNfsRoot`. */
export const NfsRoot = dataKey<NfsExport>("the root file system on NFS")

/**
 * Unpacks the root file system in a directory of the job's own and exports it to the device by NFS until the job ends,
 * with the tests in it, and the modules where there are some.
 */
export const deployNfsRoot = (
  { dispatcher: { nfs } }: Device,
  job: JobDefinition,
  modules: boolean,
): Action<JobServices> =>
  sequence("deploy-nfsrootfs", "put the root file system on NFS", [
    action({
      name: "export-nfsrootfs",
      description:
        nfs.export === undefined
          ? "start an NFS server for the root file system"
          : `take a directory of ${nfs.export}, which the lab exports by NFS`,
      timeoutSeconds: 60,
      ...(nfs.export === undefined && { programs: ganeshaPrograms }),
      run: Effect.gen(function* () {
        if (process.geteuid?.() !== 0) {
          return yield* new InfrastructureError({
            message:
              "a root file system on NFS needs its files' right owners, which only root can give: run the dispatcher as root for this job",
          })
        }
        const { id, device, directory } = yield* CurrentJob
        const { exportNfs } = yield* DeviceServers
        const exported = yield* exportNfs({
          id,
          jobDirectory: directory,
          ...(device.address !== undefined && { from: device.address }),
        })
        yield* watchFor(exported.broken)
        yield* setData(NfsRoot, exported)
      }),
    }),
    action({
      name: "extract-nfsrootfs",
      description: "unpack the root file system",
      timeoutSeconds: 600,
      run: Effect.gen(function* () {
        const { directory } = yield* getData(NfsRoot)
        for (const archive of yield* getData(RootfsArchive)) yield* unpack(archive, directory)
      }),
    }),
    ...(modules ? [extractModules] : []),
    ...(hasTests(job) ? [applyNfsOverlay(job)] : []),
  ])

const extractModules: Action<JobServices> = action({
  name: "extract-modules",
  description: "unpack the kernel's modules in the root file system",
  timeoutSeconds: 300,
  run: Effect.gen(function* () {
    // Archives have them as lib/modules, usr/lib/modules or ./lib/modules.
    const modulesOnly = ["--transform", String.raw`s,^\(\./\)\?\(usr/\)\?lib/modules/\?,,`]
    for (const archive of yield* getData(ModulesArchive)) {
      yield* unpackInto("/lib/modules", archive, [...modulesOnly, "--wildcards", "*lib/modules/*"])
    }
  }),
})

const applyNfsOverlay = (job: JobDefinition): Action<JobServices> =>
  action({
    name: "apply-lava-overlay",
    description: "put the tests into the root file system",
    timeoutSeconds: 300,
    run: Effect.gen(function* () {
      const { overlay, archive } = yield* jobOverlay(job)
      const parent = dirname(overlay.directory)
      const depth = parent.split("/").filter((name) => name !== "").length
      yield* unpackInto(parent, archive, [`--strip-components=${depth}`])
      yield* setData(OverlayOnDevice, true)
    }),
  })

/**
 * Unpacks an archive in a directory of the root file system, over what is there of the same names. It is unpacked beside
 * them first: the links of the root file system mean other places on this machine than on the device.
 */
const unpackInto = (
  place: string,
  archive: Pick<LocalArtifact, "path" | "name">,
  options: ReadonlyArray<string>,
) =>
  Effect.gen(function* () {
    const { directory } = yield* getData(NfsRoot)
    const onDisk = <A>(work: () => Promise<A>) =>
      Effect.tryPromise({
        try: work,
        catch: (cause) =>
          new JobError({
            message: `${archive.name} has no place in ${place} of the root file system: ${messageOf(cause)}`,
            cause,
          }),
      })
    const target = yield* onDisk(() => pathInRoot(directory, place))
    const fresh = yield* onDisk(async () => {
      await mkdir(target, { recursive: true })
      return mkdtemp(join(target, ".lab-dispatch-"))
    })
    yield* unpack(archive, fresh, options)
    yield* onDisk(async () => {
      for (const name of await readdir(fresh)) {
        await rm(join(target, name), { recursive: true, force: true })
        await rename(join(fresh, name), join(target, name))
      }
      await rm(fresh, { recursive: true })
    })
  })

const unpack = (
  { path, name }: Pick<LocalArtifact, "path" | "name">,
  directory: string,
  options: ReadonlyArray<string> = [],
) =>
  Effect.gen(function* () {
    const keep = ["--numeric-owner", "--same-permissions", "--xattrs", "--xattrs-include=*"]
    const command = [
      "tar",
      "--extract",
      "--file",
      path,
      "--directory",
      directory,
      ...keep,
      ...options,
    ]
    yield* hostCommand(`unpack ${name}`, command, yield* remainingSeconds)
  }).pipe(Effect.mapError(({ message, cause }) => new JobError({ message, cause })))
