import * as Effect from "effect/Effect"
import type { CommandLine } from "../../core/console/command-line.ts"
import type { Device } from "../../core/lab/device.ts"
import { fillInWords } from "../../core/lab/placeholders.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { JobSegment, type Segment } from "../../core/net/segment/segment.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { remainingSeconds } from "../../core/pipeline/deadline.ts"
import { log } from "../../core/pipeline/events.ts"
import { hostCommand } from "../../core/power/host-command.ts"

/** A job that ends waits this long for each step of the way back. */
const leaveSeconds = 60

/** Puts a device into the job's network segment, until the job ends: by the lab's command, by an interface, or both. */
export const joinSegment = ({ name, network = {} }: Device): Action<JobServices> => {
  const { join, leave, interface: moved } = network
  return action({
    name: "join-segment",
    description: `put ${name} into the job's network segment`,
    details: [
      ...(join ? [`run ${join.join(" ")}`] : []),
      ...(moved === undefined ? [] : [`move the interface ${moved} into the segment`]),
      ...(leave ? [`at the end, run ${leave.join(" ")}`] : []),
    ],
    timeoutSeconds: 60,
    run: Effect.gen(function* () {
      const { segment: made } = yield* JobSegment
      const segment = yield* made
      const values = { PID: String(segment.pid), BRIDGE: segment.bridge }
      const seconds = yield* remainingSeconds
      if (leave) yield* atEnd(`take ${name} out of its network segment`, fillInWords(leave, values))
      if (join) {
        const what = `put ${name} into its network segment`
        yield* hostCommand(what, fillInWords(join, values), seconds)
      }
      if (moved !== undefined) yield* moveInterface(moved, segment)
    }),
  })
}

/** Moves an interface of this machine onto the segment's bridge, and back when the job ends. */
const moveInterface = (name: string, { inside, pid, bridge }: Segment) =>
  Effect.gen(function* () {
    const seconds = yield* remainingSeconds
    const back = ["ip", "link", "set", name, "nomaster", "netns", String(process.pid)]
    yield* hostCommand(
      `move the interface ${name} into the job's network segment`,
      ["ip", "link", "set", name, "netns", String(pid)],
      seconds,
    )
    yield* atEnd(`move the interface ${name} back`, inside(back))
    yield* hostCommand(
      `put the interface ${name} on the segment's bridge`,
      inside(["ip", "link", "set", name, "master", bridge, "up"]),
      seconds,
    )
  })

/** Runs a command when the job ends. What goes wrong with it then is told in the log; the next job will see it. */
const atEnd = (what: string, command: CommandLine) =>
  Effect.addFinalizer(() =>
    hostCommand(what, command, leaveSeconds).pipe(
      Effect.catch(({ message }) => log("error", message)),
    ),
  )
