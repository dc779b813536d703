import type { Command } from "commander"
import type { BoardCommandOptions } from "../board.ts"
import { examples, exitWith, port } from "../options.ts"

/** `dispatch board SCRIPT` */
export const addBoard = (program: Command): void => {
  program
    .command("board")
    .summary("play a device from a script, to try things without hardware")
    .description(
      "Plays a device from a script: a serial console that boots, asks for a login and runs a shell as the script says. Ends with Ctrl-C.",
    )
    .argument("<script>", "the board's script, JSON or YAML")
    .option("--tcp <port>", "console on this TCP port of 127.0.0.1, 0 for any (default: 0)", port)
    .option("--telnet <port>", "console by telnet on this port", port)
    .option("--pty [link]", "console on a pseudo terminal, and a symbolic link to it")
    .option("--control <port>", "switch the power by this port: echo on | nc 127.0.0.1 PORT", port)
    .addHelpText(
      "after",
      examples([
        ["dispatch board board.yaml --tcp 7001 --control 7002", ""],
        ["dispatch board board.yaml --pty /tmp/board", 'for "serial": {"path": "/tmp/board"}'],
      ]),
    )
    .action(
      exitWith(async (script: string, options: BoardCommandOptions) => {
        const { board } = await import("../board.ts")
        return board(script, options)
      }),
    )
}
