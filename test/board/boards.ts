import { fileURLToPath } from "node:url"
import { afterEach } from "vitest"
import { type Board, type BoardOptions, startBoard } from "../../src/board/board.ts"
import type { BoardScriptInput } from "../../src/board/script.ts"
import { ConsoleClient } from "./console-client.ts"

const open: Array<Board> = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((board) => board.close()))
})

/** The path of one of the ready-made scripts. */
export const readyMade = (name: string): string =>
  fileURLToPath(new URL(`scripts/${name}.yaml`, import.meta.url))

/** Starts a board that is closed after the test. */
export const start = async (
  script: string | BoardScriptInput,
  options: BoardOptions = { listen: { tcp: 0 } },
): Promise<Board> => {
  const board = await startBoard(script, options)
  open.push(board)
  return board
}

/** Starts a board with power, and a client that has seen all from power-on. */
export const startAndWatch = async (
  script: string | BoardScriptInput,
  options?: BoardOptions,
): Promise<{ board: Board; client: ConsoleClient }> => {
  const board = await start(script, options)
  const client = await ConsoleClient.open(board)
  await board.power("on")
  return { board, client }
}
