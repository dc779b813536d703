import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import { quoteWord } from "../../core/console/quote.ts"
import { isLogin } from "../../core/lab/connection.ts"
import { CurrentJob, type JobServices } from "../../core/lab/services.ts"
import {
  type DispatchError,
  InfrastructureError,
  JobError,
  messageOf,
} from "../../core/pipeline/errors.ts"
import { log } from "../../core/pipeline/events.ts"
import { getData } from "../../core/pipeline/job-data.ts"
import { DeviceShell } from "../connection.ts"
import type { FileToDeliver } from "./deliver.ts"
import { hostLogin } from "./host-login.ts"
import { remoteSum } from "./remote-sum.ts"
import { sendFile } from "./send-file.ts"
import { sendToHost } from "./send-to-host.ts"
import { missingTools } from "./tools.ts"

/**
 * Puts a file into the device's file system and answers its path there: by ssh where the device is logged in to
 * by it, by HTTP where its system can fetch, else typed over the console. It appears under its name when it is whole. Fails with JobError where it cannot be
 * written there, with InfrastructureError where it did not arrive whole.
 *
 * @param to the file's path, or a directory: one that is there, or that is made since `/` is at its end
 */
export const putOnDevice = (
  file: FileToDeliver,
  to: string,
): Effect.Effect<string, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const shell = yield* getData(DeviceShell)
    const place = quoteWord(to)
    const { output: path } = yield* shell.check(
      `${to.endsWith("/") ? `mkdir -p ${place}; ` : ""}if [ -d ${place} ]; then echo ${quoteWord(`${to.replace(/\/*$/, "")}/${file.name}`)}; else echo ${place}; fi`,
    )
    const draft = `${path}.part`
    yield* send(file, draft)
    yield* shell.check(`mv ${quoteWord(draft)} ${quoteWord(path)}`)
    return path
  })

const send = (file: FileToDeliver, draft: string) =>
  Effect.gen(function* () {
    const { device } = yield* CurrentJob
    if (isLogin(device)) {
      yield* sendToHost(hostLogin(device), file, `cat > ${quoteWord(draft)}`)
      return yield* isWhole(file, draft)
    }
    const missing = yield* missingTools("wget", "mkfifo", "sha256sum")
    const sent =
      missing.length === 0
        ? yield* Effect.result(sendFile(file, "http", `cat > ${quoteWord(draft)}`))
        : undefined
    if (sent?._tag === "Success") {
      const { status, output } = sent.success
      if (status === 0) return
      return yield* new JobError({
        message: `${file.name} cannot be written on the device: ${output || `status ${status}`}`,
      })
    }
    const why = sent ? sent.failure.message : `the device has no ${missing.join(", no ")}`
    yield* log("info", `${file.name} is typed over the console, since ${why}`)
    yield* typeFile(file, draft)
  })

/** Types a file's bytes, in base64. */
const typeFile = (file: FileToDeliver, draft: string) =>
  Effect.gen(function* () {
    const shell = yield* getData(DeviceShell)
    const bytes = yield* Effect.tryPromise({
      try: () => readFile(file.path),
      catch: (cause) =>
        new InfrastructureError({
          message: `${file.name} cannot be read on this machine: ${messageOf(cause)}`,
          cause,
        }),
    })
    yield* shell.check(`printf %s '${bytes.toString("base64")}' | base64 -d > ${quoteWord(draft)}`)
    yield* isWhole(file, draft)
  })

const isWhole = (file: FileToDeliver, draft: string) =>
  Effect.gen(function* () {
    const { sha256 } = yield* remoteSum(draft)
    if (sha256 === file.sha256) return
    return yield* new InfrastructureError({
      message: `${file.name} did not reach the device whole: expected sha256 ${file.sha256}, the device has ${sha256}`,
    })
  })
