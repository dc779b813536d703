import type { JobAction } from "../job/v2/job.ts"
import { quote } from "../source/problem.ts"
import type { Device } from "./device.ts"
import type { DevicePlugin } from "./plugin.ts"

/** What of an action cannot be done, and why. */
export interface Unavailable {
  /** Where it stands in the action: `["boot", "method"]`. */
  readonly path: ReadonlyArray<string>
  readonly message: string
}

/** What an action names: a method of deploy or boot, or a kind of tests. */
interface Named {
  readonly kind: "deploy" | "boot" | "test"
  readonly name: string
  readonly path: ReadonlyArray<string>
}

const namedBy = (action: JobAction): Named | undefined => {
  if ("deploy" in action) return { kind: "deploy", name: action.deploy.to, path: ["deploy", "to"] }
  if ("boot" in action) return { kind: "boot", name: action.boot.method, path: ["boot", "method"] }
  if (!("test" in action)) return undefined
  const name = ["definitions", "interactive", "monitors", "services"].find(
    (key) => key in action.test,
  )
  return name === undefined ? undefined : { kind: "test", name, path: ["test", name] }
}

/** What devices of a plugin can do of a kind. */
const abilities = (kind: Named["kind"], plugin: DevicePlugin): ReadonlyArray<string> => {
  if (kind !== "test") return Object.keys(plugin[kind] ?? {})
  return plugin.test ? ["definitions"] : ["definitions", "interactive", "monitors"]
}

/**
 * What of an action none of these plugins can do: LAVA's jobs may name methods that are not implemented.
 */
export const unavailableMethod = (
  action: JobAction,
  plugins: Iterable<DevicePlugin>,
): Unavailable | undefined => {
  const named = namedBy(action)
  if (!named) return undefined
  const { kind, name, path } = named
  const there = [...new Set([...plugins].flatMap((plugin) => abilities(kind, plugin)))]
  if (there.includes(name)) return undefined
  const what = kind === "test" ? "kinds of tests" : `${kind} methods`
  const message = `${quote(name)} is known but not available here; the ${what} that are: ${there.join(", ") || "none"}`
  return { path, message }
}

/** What of an action a device cannot do, though others can. */
export const unavailableOn = (
  action: JobAction,
  device: Device,
  plugin: DevicePlugin,
): Unavailable | undefined => {
  const named = namedBy(action)
  if (!named) return undefined
  const { kind, name, path } = named
  const can = abilities(kind, plugin)
  if (can.includes(name)) return undefined
  const message =
    kind === "test"
      ? `${device.name} has no console to talk to: tests on devices of the type ${device.type} are ${can.map((each) => quote(each)).join(", ")}`
      : `${device.name} cannot ${kind} by ${quote(name)}: devices of the type ${device.type} can ${kind} by ${can.join(", ") || "nothing"}`
  return { path, message }
}
