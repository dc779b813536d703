import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { DispatchError } from "./errors.ts"

/** Outcome of a test case, in LAVA's words. */
export type CaseResult = "pass" | "fail" | "skip" | "unknown"

/** How a job ended, in LAVA's words. */
export type JobStatus = "complete" | "incomplete" | "canceled"

/** Severity of a message of the dispatcher's own, in LAVA's words; `event` is what a test says by lava-test-event. */
export type LogLevel = "debug" | "info" | "event" | "warning" | "error"

/** The job has its device and its plan; nothing is powered yet. */
export interface JobStarted {
  readonly type: "job-started"
  readonly job: string
  readonly jobId: string
  readonly device: string
  readonly deviceType: string
  /** Number of actions in the plan that do something themselves. */
  readonly actions: number
  /** The plan; of a job with roles, each node has its own. */
  readonly plan?: ReadonlyArray<DescribedAction>
  /** What the job says of itself. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Of a job with roles: its nodes. `device` and `deviceType` then name those of all. */
  readonly nodes?: ReadonlyArray<StartedNode>
}

/** An action of a plan, in words. */
export interface DescribedAction {
  /** "2.1.3" */
  readonly level: string
  readonly name: string
  readonly description: string
  readonly timeoutSeconds: number
  /** How often it is tried at most. */
  readonly attempts: number
  readonly children: ReadonlyArray<DescribedAction>
}

/** A device of a job with roles, and what it is there. */
export interface StartedNode {
  /** Unique in the job; the `node` of its events. */
  readonly node: string
  readonly role: string
  readonly device: string
  readonly deviceType: string
  readonly plan?: ReadonlyArray<DescribedAction>
}

/** An action begins. `level` is its place in the plan ("2.1.3"), `attempt` counts from 1. */
export interface ActionStarted {
  readonly type: "action-started"
  readonly level: string
  readonly name: string
  readonly description: string
  readonly timeoutSeconds: number
  readonly attempt: number
  readonly namespace: string
}

/**
 * Bytes moved so far by the action at `level`; `total` where it is known. The last one of a transfer, however it came
 * out, is `ended`; the action may go on.
 */
export interface ActionProgress {
  readonly type: "action-progress"
  readonly level: string
  readonly what: string
  readonly done: number
  readonly total?: number
  readonly ended?: true
}

/** An action ended; `error` says why it failed. `final` is false where a retry follows. */
export interface ActionEnded {
  readonly type: "action-ended"
  readonly level: string
  readonly name: string
  readonly durationSeconds: number
  readonly outcome: "pass" | "fail" | "canceled"
  readonly final: boolean
  readonly attempt: number
  readonly namespace: string
  readonly error?: DispatchError
}

/** A message of the dispatcher's own. */
export interface LogMessage {
  readonly type: "log"
  readonly level: LogLevel
  readonly message: string
  readonly namespace?: string
  /** Where the message tells of a transfer: the same for programs. */
  readonly transfer?: FileTransfer
  /** Where the message stands in place of the console's lines, for a reader who is too slow: how much they were. */
  readonly leftOut?: { readonly lines: number; readonly bytes: number }
}

/** A file that went between the dispatcher and a device, or was refused. */
export interface FileTransfer {
  /** "tftp", "http", "netcat" */
  readonly protocol: string
  readonly direction: "to-device" | "from-device"
  /** Address and port of the device. */
  readonly peer: string
  readonly file: string
  /** Bytes that went over. */
  readonly bytes: number
  /** Bytes of the whole file, where known. */
  readonly size?: number
  /** How long it took, in milliseconds. */
  readonly ms: number
  /** Packets that were sent again (TFTP); 0 over TCP. */
  readonly retransmits: number
  /** "complete", or what became of it instead: "refused", "aborted" ... */
  readonly outcome: string
  /** Why it is not complete, a sentence. */
  readonly reason?: string
}

/** Whether a transfer came out as was wanted: whole, or only asked about. */
export const wentWell = ({ outcome }: FileTransfer): boolean =>
  outcome === "complete" || outcome === "probed"

/** A line read from a console ("target") or typed to it ("input"). */
export interface ConsoleLine {
  readonly type: "console"
  readonly console: string
  readonly direction: "target" | "input"
  readonly line: string
}

/** The device says that a test case starts or ends here: its lines in the log belong to the case. */
export interface CaseMarker {
  readonly type: "case-marker"
  readonly edge: "start" | "end"
  readonly suite: string
  readonly case: string
}

/** Where a test definition comes from. */
export interface TestSource {
  /** LAVA's `<job id>_<place>`. */
  readonly uuid: string
  /** The definition itself where it stands in the job, else the address of what holds it. */
  readonly repository: unknown
  /** Its file there. */
  readonly path: string
  readonly revision?: string
  readonly commit?: string
}

/** A result: of a test case, or of the dispatcher's own work in the suite `lava`. */
export interface CaseResultEvent {
  readonly type: "result"
  readonly suite: string
  readonly case: string
  readonly result: CaseResult
  readonly set?: string
  /** The measurement as the test wrote it, so that no digit is lost. */
  readonly measurement?: string
  readonly units?: string
  readonly reference?: string
  readonly durationSeconds?: number
  readonly namespace?: string
  readonly level?: string
  readonly errorMessage?: string
  readonly errorType?: string
  /** Of the result of a whole test definition: which one it was. */
  readonly test?: TestSource
  readonly extra?: Readonly<Record<string, unknown>>
}

/** A node of a job with roles is done: its device is off. */
export interface NodeEnded {
  readonly type: "node-ended"
  readonly status: JobStatus
  readonly error?: DispatchError
  readonly durationSeconds: number
}

/** The job is over: the device is off and everything is given back. */
export interface JobEnded {
  readonly type: "job-ended"
  readonly status: JobStatus
  readonly error?: DispatchError
  readonly durationSeconds: number
}

/** Everything that can happen in a job. */
export type JobEventBody =
  | JobStarted
  | ActionStarted
  | ActionProgress
  | ActionEnded
  | LogMessage
  | ConsoleLine
  | CaseMarker
  | CaseResultEvent
  | NodeEnded
  | JobEnded

/** An event and, in a job with roles, the node that it is of; what is of none is of the whole job. */
export type NodeEvent = JobEventBody & { readonly node?: string }

/** An event, and when it happened, in milliseconds since 1970. */
export type JobEvent = NodeEvent & { readonly time: number }

/** Where a job's events go. `emit` is plain and quick: the console's lines pass through it. */
export class Events extends Context.Service<
  Events,
  { readonly emit: (event: JobEventBody) => void }
>()("lab-dispatch/Events") {}

/** Writes a message into the job's log. */
export const log = (level: LogLevel, message: string): Effect.Effect<void, never, Events> =>
  Effect.map(Events, (events) => events.emit({ type: "log", level, message }))

/** Puts a result into the job's results. */
export const report = (result: Omit<CaseResultEvent, "type">): Effect.Effect<void, never, Events> =>
  Effect.map(Events, (events) => events.emit({ type: "result", ...result }))
