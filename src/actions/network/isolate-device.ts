import type { Device } from "../../core/lab/device.ts"
import type { JobServices } from "../../core/lab/services.ts"
import type { SegmentPlan } from "../../core/net/segment/segment.ts"
import { type Action, sequence } from "../../core/pipeline/action.ts"
import { createSegment } from "./create-segment.ts"
import { joinSegment } from "./join-segment.ts"

/** What an isolated job begins with: a network segment of its own, and the device on it. */
export const isolateDevice = (device: Device, segment: SegmentPlan): Action<JobServices> =>
  sequence("isolate-device", `give ${device.name} a network of the job's own`, [
    createSegment(segment),
    joinSegment(device),
  ])
