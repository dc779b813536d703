import * as Effect from "effect/Effect"
import { match } from "ts-pattern"
import type { JobServices } from "../../core/lab/services.ts"
import { type DispatchError, JobError } from "../../core/pipeline/errors.ts"
import { log } from "../../core/pipeline/events.ts"
import { findData, getData, setData } from "../../core/pipeline/job-data.ts"
import type { Overlay } from "../../core/testshell/overlay.ts"
import { DeviceShell } from "../connection.ts"
import { sendFile } from "../transfer/send-file.ts"
import { gzipped } from "./gzipped.ts"
import { type JobOverlay, OverlayOnDevice } from "./job-overlay.ts"

/**
 * Brings the tests to a running system, unless a deploy has put them there: by HTTP where the system can
 * fetch, else typed over the console, which needs nothing but a shell, base64, gzip and tar.
 */
export const sendOverlay = ({
  overlay,
  archive,
}: JobOverlay): Effect.Effect<void, DispatchError, JobServices> =>
  Effect.gen(function* () {
    // What a deploy or an earlier test has put there is gone where the root file system is in memory.
    if ((yield* findData(OverlayOnDevice)) && (yield* isOnDevice(overlay))) return
    const shell = yield* getData(DeviceShell)
    const { status: canFetch } = yield* shell.run("command -v wget mkfifo sha256sum > /dev/null")
    const fetched =
      canFetch === 0
        ? yield* Effect.result(sendFile(archive, "http", "tar -x -f - -C /"))
        : undefined
    const obstacle = match(fetched)
      .with(undefined, () => "the device has no wget")
      .with({ _tag: "Failure" }, ({ failure }) => failure.message)
      .with({ success: { status: 0 } }, () => undefined)
      .with(
        { _tag: "Success" },
        ({ success: { status, output } }) => `tar ended with ${status}: ${output}`,
      )
      .exhaustive()
    if (obstacle !== undefined) {
      yield* log("info", `the tests are typed over the console, since ${obstacle}`)
      yield* typeArchive(archive.path)
    }
    yield* overlayArrived(overlay)
  })

const isOnDevice = ({ directory }: Overlay) =>
  Effect.gen(function* () {
    const shell = yield* getData(DeviceShell)
    const { status } = yield* shell.run(`[ -x ${directory}/bin/lava-test-runner ]`)
    return status === 0
  })

/** Makes sure that the tests are on the running system, and remembers it. Fails with JobError where they are not. */
export const overlayArrived = (overlay: Overlay): Effect.Effect<void, DispatchError, JobServices> =>
  Effect.gen(function* () {
    if (yield* isOnDevice(overlay)) return yield* setData(OverlayOnDevice, true)
    return yield* new JobError({
      message: `the tests did not arrive in ${overlay.directory} on the device: is its root file system read-only or full?`,
    })
  })

const typeArchive = (path: string) =>
  Effect.gen(function* () {
    const shell = yield* getData(DeviceShell)
    const packed = yield* gzipped(path)
    yield* shell.check(
      `printf %s '${packed.toString("base64")}' | base64 -d | gzip -d | tar -x -f - -C /`,
    )
  })
