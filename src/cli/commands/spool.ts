import { Argument, type Command } from "commander"
import { examples, exitWith, labOption, port } from "../options.ts"
import type { SpoolOptions, SpoolWork } from "../spool.ts"

/** `dispatch spool add|serve|status [DEVICE]` */
export const addSpool = (program: Command): void => {
  program
    .command("spool")
    .summary("hosts that fetch their jobs: add one, serve them, see what they do")
    .description(
      "Works on the spools by which machines that nobody here can power or reach fetch their jobs: add makes the spool of a host and prints its client's configuration, serve offers the spools by HTTPS until Ctrl-C, status shows what the hosts do.",
    )
    .addArgument(new Argument("<what>", "what to do").choices(["add", "serve", "status"]))
    .argument("[device]", "the host's name in the lab file; all of them without it")
    .addOption(labOption())
    .option("--port <port>", "port to serve, 0 for any", port, 8443)
    .option("--key <file>", "the server's private key, PEM (default: one of its own)")
    .option("--cert <file>", "the server's certificate, PEM")
    .addHelpText(
      "after",
      examples([
        ["dispatch spool add sut-01", "what to write on sut-01"],
        ["dispatch spool serve --port 8443", "for all hosts of the lab"],
        ["dispatch spool status", ""],
      ]),
    )
    .action(
      exitWith(async (what: SpoolWork, device: string | undefined, options: SpoolOptions) => {
        const { spool } = await import("../spool.ts")
        return spool(what, device, options)
      }),
    )
}
