import { registerHooks } from "node:module"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import { problemAt, type SourceDocument } from "../source/document.ts"
import { InvalidFile } from "../source/invalid-file.ts"
import { quote } from "../source/problem.ts"
import type { DevicePlugin } from "./plugin.ts"
import { methodClash } from "./plugin-methods.ts"
import { messageOf } from "../pipeline/errors.ts"

/**
 * Loads the plugins that a lab file names, beside those that need not be named: a file relative to the lab
 * file, or an npm package installed where the lab file is. A module exports one plugin or a list of them
 * as its default.
 *
 * Fails with InvalidFile, pointing at the name, where a module cannot be loaded or exports no plugin, or where a
 * plugin's methods are another one's already.
 */
export const loadPlugins = (
  names: ReadonlyArray<string>,
  document: SourceDocument,
  directory: string,
  builtIn: ReadonlyArray<DevicePlugin>,
): Effect.Effect<ReadonlyMap<string, DevicePlugin>, InvalidFile> =>
  Effect.gen(function* () {
    const plugins = new Map(builtIn.map((plugin) => [plugin.name, plugin]))
    for (const [index, name] of names.entries()) {
      const wrong = (message: string) =>
        new InvalidFile([problemAt(document, ["plugins", index], message)])
      const exported = yield* Effect.tryPromise({
        try: () => importDefault(name, directory),
        catch: (error) =>
          wrong(`the plugin ${quote(name)} cannot be loaded: ${firstLine(messageOf(error))}`),
      })
      for (const plugin of Array.isArray(exported) ? exported : [exported]) {
        if (!isPlugin(plugin)) {
          return yield* wrong(
            `${quote(name)} exports no plugin: expected \`export default defineDevicePlugin({...})\``,
          )
        }
        const others = [...plugins.values()].filter((each) => each.name !== plugin.name)
        const clash = methodClash(plugin, others)
        if (clash !== undefined) return yield* wrong(clash)
        plugins.set(plugin.name, plugin)
      }
    }
    return plugins
  })

const importDefault = async (name: string, directory: string): Promise<unknown> => {
  const url = /^(\.{1,2}\/|\/)/.test(name)
    ? pathToFileURL(resolve(directory, name)).href
    : resolvePackage(name, directory)
  const module = (await import(url)) as { readonly default?: unknown }
  return module.default
}

/**
 * Finds a package as an import in a module of that directory would. `import.meta.resolve` takes no directory, and
 * `require.resolve` does not see what a package exports to imports alone.
 */
const resolvePackage = (name: string, directory: string): string => {
  const parentURL = pathToFileURL(join(directory, "lab.json")).href
  const hooks = registerHooks({
    resolve: (specifier, context, next) => next(specifier, { ...context, parentURL }),
  })
  try {
    return import.meta.resolve(name)
  } finally {
    hooks.deregister()
  }
}

const isPlugin = (value: unknown): value is DevicePlugin =>
  typeof value === "object" &&
  value !== null &&
  "name" in value &&
  typeof value.name === "string" &&
  "parameters" in value &&
  typeof value.parameters === "object" &&
  value.parameters !== null &&
  "safeParse" in value.parameters

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? ""
