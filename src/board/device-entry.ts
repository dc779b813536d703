import { match, P } from "ts-pattern"
import type { Board } from "./board.ts"

/** How a lab file says to reach a scripted board. */
export interface BoardDeviceEntry {
  readonly console: object
  readonly power?: {
    readonly on: ReadonlyArray<string>
    readonly off: ReadonlyArray<string>
    readonly off_seconds: number
  }
}

/**
 * A board's `console` and `power` as a device of a lab file has them; power only where the board has a control
 * port. Its commands need bash:
 *
 * ```ts
 * const board = await startBoard("board.yaml", { listen: { tcp: 0 }, control: 0 })
 * const lab = await loadLab({ devices: { "board-01": { device_type: "generic", ...deviceEntry(board) } } })
 * ```
 */
export const deviceEntry = ({
  console,
  control,
}: Pick<Board, "console" | "control">): BoardDeviceEntry => ({
  console: match(console)
    .with({ protocol: "pty" }, ({ path }) => ({ serial: { path } }))
    .with({ protocol: P.union("tcp", "telnet") }, ({ protocol, host, port }) => ({
      [protocol]: { host, port },
    }))
    .exhaustive(),
  ...(control !== undefined && {
    power: { on: command(control, "on"), off: command(control, "off"), off_seconds: 0 },
  }),
})

/** Fails unless the board says that it did it. */
const command = (port: number, action: "on" | "off"): ReadonlyArray<string> => [
  "bash",
  "-c",
  `exec 3<>/dev/tcp/127.0.0.1/${port} && echo ${action} >&3 && [ "$(cat <&3)" = ${action} ]`,
]
