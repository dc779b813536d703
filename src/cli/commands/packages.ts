import { Argument, type Command, InvalidArgumentError } from "commander"
import { examples, exitWith, formatOption, labOption } from "../options.ts"
import type { PackagesOptions, PackagesTask } from "../packages.ts"

/** `dispatch packages upload|list|remove|verify` */
export const addPackages = (program: Command): void => {
  program
    .command("packages")
    .summary("upload, list, remove or verify packages of the lab's repositories")
    .description(
      "Keeps the packages that jobs name as package://NAME, in the lab file's repositories: puts files there, lists them with their checksums, removes them, or reads them and compares them with packages.checksum.",
    )
    .addArgument(
      new Argument("<what>", "what to do").choices(["upload", "list", "remove", "verify"]),
    )
    .argument("[file...]", "files to upload, or names of packages")
    .addOption(labOption())
    .option(
      "-r, --repository <name>",
      "in this one (default: upload and remove in the first of its kind, list and verify in all)",
    )
    .option("--custom", "in repositories of custom packages")
    .option("--all", "upload: all files of the directories; remove, verify: all packages")
    .option("--unused <days>", "remove: custom packages that nobody has read for so long", number)
    .option("--keep-free <MB>", "upload: what must stay free on the disk (default: 1000)", number)
    .addOption(formatOption())
    .addHelpText(
      "after",
      `${examples([
        ["dispatch packages upload linux-image.deb", ""],
        ["dispatch packages upload --custom --all build/", "every file in build/"],
        ["dispatch packages list", "of all repositories"],
        ["dispatch packages verify --all", "read them all"],
        ["dispatch packages remove --custom --unused 40", ""],
      ])}

Exits with 0 where all went well, 1 where a package is wrong or missing, 3 where a repository
failed.`,
    )
    .action(
      exitWith(
        async (task: PackagesTask, names: ReadonlyArray<string>, options: PackagesOptions) => {
          const { packages } = await import("../packages.ts")
          return packages(task, names, options)
        },
      ),
    )
}

const number = (text: string): number => {
  if (/^\d+$/.test(text)) return Number(text)
  throw new InvalidArgumentError("Expected a number.")
}
