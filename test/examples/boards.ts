import { onTestFinished } from "vitest"
import {
  type Board,
  type BoardDeviceEntry,
  type BoardScript,
  deviceEntry,
  loadBoardScript,
  startBoard,
} from "../../src/testing.ts"
import { readyMade } from "../board/boards.ts"

/** A board that boots in `bootSeconds` and passes ten tests at once, or hangs where it should begin with them. */
export const script = async (bootSeconds: number, hangs = false): Promise<BoardScript> => {
  const board = await loadBoardScript(readyMade("instant-runner"))
  const shell = board.states["telling-shell"]
  const commands = shell?.commands?.map((rule) =>
    hangs && rule.match.includes("lava-test-runner")
      ? { ...rule, do: [{ hang: true as const }] }
      : rule,
  )
  return {
    ...board,
    on_power: [{ wait: bootSeconds }, ...board.on_power],
    states: { ...board.states, "telling-shell": { ...shell, commands } },
  }
}

/** Boards, and a lab file that has them. */
export interface BoardsAndLab {
  readonly boards: ReadonlyArray<Board>
  readonly lab: { readonly devices: Readonly<Record<string, BoardDeviceEntry>> }
}

/** Starts boards, and writes a lab of them: board-01, board-02, ... They are closed after the test. */
export const boardsAndLab = async (scripts: ReadonlyArray<BoardScript>): Promise<BoardsAndLab> => {
  const boards: Array<Board> = []
  onTestFinished(async () => void (await Promise.all(boards.map((board) => board.close()))))
  for (const script of scripts) {
    boards.push(await startBoard(script, { listen: { tcp: 0 }, control: 0 }))
  }
  const devices = boards.map((board, index) => [
    `board-0${index + 1}`,
    { device_type: "generic", ...deviceEntry(board) },
  ])
  return { boards, lab: { devices: Object.fromEntries(devices) } }
}
