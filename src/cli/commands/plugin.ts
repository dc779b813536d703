import { Argument, type Command } from "commander"
import { examples, exitWith } from "../options.ts"
import type { PluginOptions } from "../plugin.ts"

/** `dispatch plugin new NAME` */
export const addPlugin = (program: Command): void => {
  program
    .command("plugin")
    .summary("make a package for a device plugin of your own")
    .description(
      "Makes a package with a device plugin that works: a device type, a scripted board, a job and tests, to be changed until it is your board's.",
    )
    .addArgument(new Argument("<what>", "what to do").choices(["new"]))
    .argument("<name>", "the plugin's name, and the package's: my-board")
    .option("--dir <dir>", "where to make it (default: a directory of its name)")
    .addHelpText(
      "after",
      examples([["dispatch plugin new my-board", "then: npm install, npm test"]]),
    )
    .action(
      exitWith(async (_: "new", name: string, options: PluginOptions) => {
        const { newPlugin } = await import("../plugin.ts")
        return newPlugin(name, options)
      }),
    )
}
