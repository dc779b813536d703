import { basename } from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { NodeRole } from "../../core/job/nodes.ts"
import type { Blocks, JobDefinition } from "../../core/job/v2/job.ts"
import { CurrentJob, type JobServices } from "../../core/lab/services.ts"
import { Exchange, withRole } from "../../core/multinode/exchange.ts"
import { type Action, action, retry, sequence, withTimeout } from "../../core/pipeline/action.ts"
import { remainingSeconds } from "../../core/pipeline/deadline.ts"
import { log } from "../../core/pipeline/events.ts"
import { dataKey, getData, setData } from "../../core/pipeline/job-data.ts"
import type { FileToDeliver } from "./deliver.ts"
import { fetchFromDevice } from "./fetch-from-device.ts"
import { findOnDevice } from "./find-on-device.ts"
import { putOnDevice } from "./put-on-device.ts"

type Transfer = Blocks["transfer"]

/** A file that came from a device, and where it was there. */
interface Fetched {
  readonly file: FileToDeliver
  /** "vm-01:/root/a.deb" */
  readonly from: string
}

const FoundPath = dataKey<string>("the path of the file to transfer")

const FetchedFile = dataKey<Fetched>("the file to transfer")

/** The longest that a file takes between a device and this machine, all tries together, in seconds. */
const wayTimeout = 900
const attempts = 2

/**
 * Takes a file from one role's device to those of another, by way of this machine, its checksum compared on the way.
 * Both sides arrive here; the one that has the file leaves when it is everywhere.
 *
 * @param job the part of the job that this device does
 */
export const transferFile = (
  block: Transfer,
  job: JobDefinition,
  role: NodeRole,
): Action<JobServices> => {
  const { from, to } = block
  const meeting = meetingOf(block, job)
  const sends = role.role === from.role
  return withTimeout(
    // Who comes first waits for all that the other does before; the other's failure ends that.
    role.waitSeconds ?? job.timeouts.job.seconds,
    sequence(
      "transfer",
      `take ${from.path} from ${from.role} to ${to.role}:${to.path}`,
      sends
        ? [find(block), fetch, handOver(block, meeting)]
        : [take(block, meeting), put(block, meeting)],
    ),
  )
}

/** A name for this meeting: both roles have all the transfers between them, in the same order. */
const meetingOf = (block: Transfer, job: JobDefinition): string => {
  const between = job.actions.flatMap((each) =>
    "transfer" in each && sameRoles(each.transfer, block) ? [each.transfer] : [],
  )
  return `transfer ${between.indexOf(block) + 1} from ${block.from.role} to ${block.to.role}`
}

const sameRoles = (a: Transfer, b: Transfer): boolean =>
  a.from.role === b.from.role && a.to.role === b.to.role

const find = ({ from }: Transfer): Action<JobServices> =>
  action({
    name: "find-file",
    description: `find the one file that is ${from.path}`,
    timeoutSeconds: 60,
    run: Effect.flatMap(findOnDevice(from.path), (path) => setData(FoundPath, path)),
  })

const fetch: Action<JobServices> = withTimeout(
  wayTimeout,
  retry(
    attempts,
    action({
      name: "fetch-file",
      description: "bring it to this machine",
      run: Effect.gen(function* () {
        const { device } = yield* CurrentJob
        const path = yield* getData(FoundPath)
        const file = yield* fetchFromDevice(path, basename(path))
        yield* setData(FetchedFile, { file, from: `${device.name}:${path}` })
      }),
    }),
  ),
)

const handOver = ({ to }: Transfer, meeting: string): Action<JobServices> =>
  action({
    name: "hand-over-file",
    description: `wait until ${to.role} has it`,
    run: Effect.gen(function* () {
      const exchange = yield* Exchange
      const { file, from } = yield* getData(FetchedFile)
      yield* exchange.send(meeting, { ...file, size: String(file.size), from })
      yield* exchange.receive(
        `${meeting}, done`,
        { all: withRole(exchange, to.role) },
        {
          what: `${to.role} to take ${file.name}`,
          seconds: yield* remainingSeconds,
        },
      )
    }),
  })

const take = ({ from }: Transfer, meeting: string): Action<JobServices> =>
  action({
    name: "await-file",
    description: `wait until ${from.role} has it ready`,
    run: Effect.gen(function* () {
      const exchange = yield* Exchange
      const messages = yield* exchange.receive(
        meeting,
        { all: withRole(exchange, from.role) },
        {
          what: `${from.role} with the file ${from.path}`,
          seconds: yield* remainingSeconds,
        },
      )
      for (const {
        path = "",
        name = "",
        size,
        sha256 = "",
        from: origin = "",
      } of messages.values()) {
        const file = { path, name, size: Number(size), sha256 }
        yield* setData(FetchedFile, { file, from: origin })
      }
    }),
  })

const put = ({ to }: Transfer, meeting: string): Action<JobServices> =>
  withTimeout(
    wayTimeout,
    retry(
      attempts,
      action({
        name: "put-file",
        description: `put it to ${to.path}`,
        run: Effect.gen(function* () {
          const { device } = yield* CurrentJob
          const start = yield* Clock.currentTimeMillis
          const { file, from } = yield* getData(FetchedFile)
          const path = yield* putOnDevice(file, to.path)
          const ms = (yield* Clock.currentTimeMillis) - start
          yield* log(
            "info",
            `transferred ${file.name}, ${file.size} bytes with sha256 ${file.sha256}, from ${from} to ${device.name}:${path}; the last part took ${ms} ms`,
          )
          const { send } = yield* Exchange
          yield* send(`${meeting}, done`)
        }),
      }),
    ),
  )
