import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import { SerialPort } from "serialport"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"

const command = join(import.meta.dirname, "../../lab/lab")
const lab = async (...words: ReadonlyArray<string>): Promise<string> =>
  (await promisify(execFile)(command, words)).stdout.trim()

beforeAll(() => lab("setup", "--images", "uboot-highbank,uboot-arm-virt,disk-arm-virt"), 1_200_000)

/** What a console printed since it was last asked. */
interface Console {
  take(): string
  send(text: string): void
  /** Wait for a text, for as long as a busy machine needs; answers all that came before and with it. */
  until(text: string): Promise<string>
}

function consoleOf(stream: SerialPort | ReturnType<typeof connect>): Console {
  let seen = ""
  stream.on("data", (chunk: Buffer) => (seen += chunk.toString("latin1")))
  const take = () => {
    const text = seen
    seen = ""
    return text
  }
  return {
    take,
    send: (text) => void stream.write(text),
    until: async (text) => {
      for (const end = Date.now() + 15_000; !seen.includes(text); await sleep(20)) {
        if (Date.now() > end) throw new Error(`no "${text}" on the console, but: ${seen}`)
      }
      return take()
    },
  }
}

async function openSerial(path: string): Promise<{ port: SerialPort; console: Console }> {
  const port = new SerialPort({ path, baudRate: 115_200, autoOpen: false })
  await new Promise<void>((resolve, reject) =>
    port.open((error) => (error ? reject(error) : resolve())),
  )
  return { port, console: consoleOf(port) }
}

const closed: Array<() => unknown> = []
afterEach(async () => {
  for (const close of closed.splice(0)) await close()
})

describe("a highbank", () => {
  const parent = mkdtempSync(join(tmpdir(), "lab-test-"))
  const dir = join(parent, "lab")
  const path = join(dir, "highbank-01", "console")
  const power = (action: string) => lab(action, "highbank-01", "--dir", dir)

  beforeAll(() => lab("up", "--dir", dir, "--tftp-port", "7001", "highbank-01"))
  afterAll(async () => {
    await lab("down", "--dir", dir)
    rmSync(parent, { recursive: true })
  })

  const open = async (): Promise<Console> => {
    const { port, console } = await openSerial(path)
    closed.push(() => new Promise((resolve) => port.close(resolve)))
    return console
  }

  it("is plugged in without power, as its lab file says", async () => {
    expect(await power("status")).toBe("off")
    expect(JSON.parse(readFileSync(join(dir, "lab.json"), "utf8"))).toMatchObject({
      dispatcher: { address: "10.0.2.2", tftp: { port: 7001 }, http: { port: 0 } },
      devices: {
        "highbank-01": {
          device_type: "highbank",
          mac: "52:54:00:aa:00:01",
          console: { serial: { path, baud: 115_200 } },
          power: { on: [command, "on", "highbank-01", "--dir", dir] },
        },
      },
    })
  })

  it("starts U-Boot with power, loses nothing of it, and is silent without", async () => {
    const console = await open()
    for (let round = 0; round < 3; round++) {
      await power("on")
      const banner = await console.until("Press <s>")
      expect(banner).toMatch(/^\r\n\r\nU-Boot 20/)
      console.send("s")
      await console.until("=> ")
      await power("off")
      expect(await power("status")).toBe("off")
      console.take()
      console.send("\r")
      await sleep(300)
      expect(console.take()).toBe("")
    }
  })

  it("starts afresh by reset, whether it is on or off", async () => {
    const console = await open()
    await power("reset")
    expect(await power("status")).toBe("on")
    await console.until("Press <s>")
    await power("reset")
    expect(await console.until("Press <s>")).toContain("U-Boot 20")
    console.send("s")
    await console.until("=> ")
    await power("on") // has power already: nothing happens
    await sleep(300)
    expect(console.take()).not.toContain("U-Boot 20")
    await power("off")
  })

  it("asks the TFTP port of its lab, and restarts by its own reset command", async () => {
    const console = await open()
    await power("on")
    await console.until("Press <s>")
    console.send("s")
    await console.until("=> ")
    console.send("printenv tftpdstp ethaddr\r")
    const answer = await console.until("52:54")
    expect(answer).toContain("tftpdstp=7001")
    console.send("reset\r")
    await console.until("U-Boot 20")
    await power("off")
  })

  it("can be switched by many at once", async () => {
    await Promise.all(["on", "off", "reset", "status", "on", "off"].map(power))
    await power("off")
    expect(await power("status")).toBe("off")
  })

  it("stays as it is when it is plugged in again, and refuses another port", async () => {
    await power("on")
    await lab("up", "--dir", dir, "highbank-01")
    expect(await power("status")).toBe("on")
    await expect(lab("up", "--dir", dir, "--tftp-port", "7002", "highbank-01")).rejects.toThrow(
      "has its tftp port at 7001",
    )
    await power("off")
  })
})

describe("labs in two directories", () => {
  it("do not know of each other, and go without a trace", async () => {
    const parent = mkdtempSync(join(tmpdir(), "lab-test-"))
    // Longer than a socket's path may be.
    const dirs = ["a", "b".repeat(120)].map((name) => join(parent, name))
    closed.push(async () => {
      for (const dir of dirs) await lab("down", "--dir", dir)
      rmSync(parent, { recursive: true })
    })
    const ups = await Promise.allSettled(
      dirs.map((dir, index) =>
        lab("up", "--dir", dir, "--tftp-port", String(7010 + index), "highbank-01", "x86-01"),
      ),
    )
    expect(ups.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"])
    const [one = "", two = ""] = dirs
    const pids = dirs.flatMap((dir) =>
      ["highbank-01", "x86-01"].map((name) => Number(readFileSync(join(dir, name, "pid"), "utf8"))),
    )
    await lab("on", "highbank-01", "--dir", one)
    expect(await lab("status", "highbank-01", "--dir", one)).toBe("on")
    expect(await lab("status", "highbank-01", "--dir", two)).toBe("off")

    await lab("down", "--dir", one, "highbank-01")
    expect(existsSync(join(one, "highbank-01"))).toBe(false)
    expect(Object.keys(JSON.parse(readFileSync(join(one, "lab.json"), "utf8")).devices)).toEqual([
      "x86-01",
    ])
    await lab("down", "--dir", one)
    await lab("down", "--dir", two)
    expect(dirs.filter((dir) => existsSync(dir))).toEqual([])
    expect(pids.filter((pid) => existsSync(`/proc/${pid}/exe`))).toEqual([])
  })
})

describe("an arm-virt", () => {
  it("has a U-Boot that a key stops, and that can ask any TFTP port", async () => {
    const parent = mkdtempSync(join(tmpdir(), "lab-test-"))
    const dir = join(parent, "lab")
    closed.push(async () => {
      await lab("down", "--dir", dir)
      rmSync(parent, { recursive: true })
    })
    await lab("up", "--dir", dir, "--tftp-port", "7030", "arm-virt-01")
    const { port, console } = await openSerial(join(dir, "arm-virt-01", "console"))
    closed.unshift(() => new Promise((resolve) => port.close(resolve)))
    await lab("on", "arm-virt-01", "--dir", dir)
    await console.until("stop autoboot")
    console.send(" ")
    await console.until("=> ")
    console.send("setenv autoload no; dhcp; setenv tftpdstp 9; tftpboot 10.0.2.2:none\r")
    expect(await console.until("Loading: ")).toContain("DHCP client bound to address 10.0.2.15")
    expect(await console.until("T ")).not.toContain("not found") // QEMU's own server would answer
  })
})

describe("an x86", () => {
  it("has its firmware's messages on a telnet server", async () => {
    const parent = mkdtempSync(join(tmpdir(), "lab-test-"))
    const dir = join(parent, "lab")
    closed.push(async () => {
      await lab("down", "--dir", dir)
      rmSync(parent, { recursive: true })
    })
    const file = await lab("up", "--dir", dir, "--tftp-port", "7020", "x86-01")
    expect(file).toBe(join(dir, "lab.json"))
    const { telnet } = JSON.parse(readFileSync(file, "utf8")).devices["x86-01"].console
    const socket = connect(telnet)
    closed.unshift(() => socket.destroy())
    const console = consoleOf(socket)
    await lab("on", "x86-01", "--dir", dir)
    expect(await console.until("iPXE")).toContain("SeaBIOS")
    await lab("reset", "x86-01", "--dir", dir)
    await console.until("iPXE")
  })
})

describe("a mistake", () => {
  it.each([
    [["on", "highbank-01", "--dir", "/nowhere"], "there is no highbank-01 in /nowhere: plug it in"],
    [["up", "--dir", join(tmpdir(), "lab-none"), "toaster-01"], 'there is no machine "toaster-01"'],
    [["up", "--tftp-port", "many", "highbank-01"], "--tftp-port expects a port from 0 to 65535"],
    [["setup", "--images", "cake"], 'there is no image "cake"; there are '],
    [["explode"], 'not a command of lab: "explode"; see lab --help'],
  ])("in %j is named in one line", async (words, message) => {
    const failure = (await lab(...words).catch((error: unknown) => error)) as {
      readonly code: number
      readonly stderr: string
    }
    expect(failure.code).toBe(1)
    expect(failure.stderr).toMatch(/^lab: .*\n$/)
    expect(failure.stderr).toContain(message)
    rmSync(join(tmpdir(), "lab-none"), { recursive: true, force: true })
  })
})
