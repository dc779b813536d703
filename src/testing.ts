/**
 * For tests of device plugins, and of whatever else drives a board: boards made of a short script, with a real
 * serial console (TCP, telnet or a PTY) and a power switch.
 *
 * @module
 */
export type { Board, BoardOptions } from "./board/board.ts"
export { loadBoardScript, scopedBoard, startBoard } from "./board/board.ts"
export type { ConsoleAddress, Listen } from "./board/console-port.ts"
export { type BoardDeviceEntry, deviceEntry } from "./board/device-entry.ts"
export type { PowerAction } from "./board/power-port.ts"
export { BoardScript, type BoardScriptInput } from "./board/script.ts"
export { conformance, type ConformanceOptions } from "./conformance/conformance.ts"
export type { TrialDevice } from "./conformance/trial-device.ts"
