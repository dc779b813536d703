import type { MethodTable } from "../job/v2/block.ts"
import { builtInMethods } from "../job/v2/methods.ts"
import { quote } from "../source/problem.ts"
import type { DevicePlugin, PluginMethods } from "./plugin.ts"

/** The methods that the jobs of a lab may name: at least the built-in ones. */
export type LabMethods = typeof builtInMethods

const ownOf = ({ methods }: DevicePlugin): PluginMethods => methods ?? {}

/** The built-in methods and those that plugins bring. */
export const methodsOf = (plugins: ReadonlyArray<DevicePlugin>): LabMethods => {
  if (!plugins.some(({ methods }) => methods)) return builtInMethods
  const all = (kind: keyof PluginMethods): MethodTable =>
    Object.assign({}, ...plugins.map((plugin) => ownOf(plugin)[kind]))
  return {
    deploy: { ...all("deploy"), ...builtInMethods.deploy },
    boot: { ...all("boot"), ...builtInMethods.boot },
    test: builtInMethods.test,
  }
}

/**
 * What is wrong with the methods that a plugin brings: a job names them without a plugin, so that a name can mean
 * one thing only. Plugins may share a method, by the same schema.
 */
export const methodClash = (
  plugin: DevicePlugin,
  others: ReadonlyArray<DevicePlugin>,
): string | undefined => {
  const known = methodsOf(others)
  for (const kind of ["deploy", "boot"] as const) {
    const table: MethodTable = known[kind]
    for (const [name, keys] of Object.entries(ownOf(plugin)[kind] ?? {})) {
      if (table[name] === undefined || table[name] === keys) continue
      return `the plugin ${quote(plugin.name)} brings a ${kind} method ${quote(name)}, but there is one of that name already: give it another name`
    }
  }
  return undefined
}
