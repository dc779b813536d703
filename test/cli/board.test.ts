import { lstatSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { readyMade } from "../board/boards.ts"
import { job } from "./board-lab.ts"
import { directoryWith, dispatch, startDispatch, writeFiles } from "./command.ts"

const script = readyMade("instant-runner")

describe("dispatch board", () => {
  it("says what to write in a lab file, and with that a job runs on it", async () => {
    const cwd = directoryWith({ "job.json": job })
    const board = startDispatch(["board", script, "--control", "0"], { cwd })
    await board.sees(/"power": .*\n/)
    const entry = JSON.parse(`{${board.stdout().split("in a lab file:\n")[1]}}`) as object
    writeFiles(cwd, { "lab.json": { devices: { it: { device_type: "generic", ...entry } } } })
    expect(await dispatch(["job.json"], { cwd })).toMatchObject({ code: 0 })
    board.child.kill("SIGINT")
    expect(await board.ended).toMatchObject({ code: 0, stderr: "" })
  })

  it("is on from the start where nothing switches it", async () => {
    const board = startDispatch(["board", script, "--telnet", "0"])
    await board.sees(/"port":\d+/)
    const port = Number(/"port":(\d+)/.exec(board.stdout())?.[1])
    const socket = connect(port, "127.0.0.1")
    socket.write("root\r")
    const text = await new Promise<string>((resolve) => {
      let all = ""
      socket.on("data", (bytes) => {
        all += bytes.toString("latin1")
        if (all.includes("root@board:~# ")) resolve(all)
      })
    })
    expect(text).toContain("root@board")
    socket.destroy()
  })

  it("makes a pseudo terminal, and takes its link away at the end", async () => {
    const cwd = directoryWith()
    const link = join(cwd, "tty")
    const board = startDispatch(["board", script, "--pty", link])
    await board.sees(`"console": {"serial":{"path":"${link}"}}`)
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    board.child.kill("SIGTERM")
    await board.ended
    expect(() => lstatSync(link)).toThrow(/ENOENT/)
  })

  it("lists every mistake of a script", async () => {
    const cwd = directoryWith({ "board.yaml": "nam: x\nstates: []\n" })
    const { code, stderr } = await dispatch(["board", "board.yaml"], { cwd })
    expect(code).toBe(2)
    expect(stderr).toContain("board.yaml:1:1 nam: unknown key")
    expect(stderr).toContain("board.yaml:2:9 states: ")
  })
})
