import { fork } from "node:child_process"
import { createHash, randomBytes } from "node:crypto"
import { once } from "node:events"
import { readdirSync, readFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { fileURLToPath } from "node:url"
import { describe, expect, it, onTestFinished } from "vitest"
import type { BoardScriptInput } from "../../src/board/script.ts"
import { readyMade, startAndWatch } from "./boards.ts"
import { type ConsoleClient, patience } from "./console-client.ts"

const prompt = "board:~# "
const script: BoardScriptInput = {
  name: "a shell",
  on_power: [{ print: "boot\n" }, { state: "shell" }],
  states: { shell: { shell: true, prompt } },
}

const startShell = async (more: Partial<BoardScriptInput> = {}) => {
  const { board, client } = await startAndWatch({ ...script, ...more })
  expect(await client.until(prompt)).toBe(`boot\r\n${prompt}`)
  const run = async (line: string) => {
    client.type(`${line}\r`)
    return client.until(prompt)
  }
  return { board, client, run }
}

/** Whether a program with this in its command line runs anywhere on this machine. */
const runs = (mark: string): boolean =>
  readdirSync("/proc").some((entry) => {
    try {
      return /^\d+$/.test(entry) && readFileSync(`/proc/${entry}/cmdline`, "latin1").includes(mark)
    } catch {
      return false // it has ended meanwhile
    }
  })

/** The directories of the boards of a process. */
const rootsOf = (pid: number | undefined): ReadonlyArray<string> =>
  readdirSync(tmpdir()).filter((name) => name.startsWith(`lab-dispatch-board.${pid}.`))

let marks = 0
/** A number of seconds that nothing else sleeps, to find a sleep by. */
const oddTime = () => `${100_000 + process.pid}.${++marks}`

describe("a real shell", () => {
  it("goes on when a process ends that its parent has left behind", async () => {
    const { run } = await startShell()
    const time = oddTime()
    await run(`(setsid sleep ${time} &)`)
    await expect.poll(() => runs(time)).toBe(true)
    await run("kill $(ps -e -o pid,args | grep '[s]leep " + time + "' | awk '{print $1}')")
    await expect.poll(() => runs(time)).toBe(false)
    expect(await run("echo alive")).toContain("\r\nalive\r\n")
  })

  it("has the files that the script says, programs and what the shell reads first among them", async () => {
    const { run } = await startShell({
      files: {
        "/opt/board/fw_printenv": "#!/bin/sh\necho bootdelay=$1\n",
        "/etc/shinit": "alias [=fw_printenv\n",
        "/srv/deep/er": "here\n",
      },
    })
    expect(await run("cat /srv/deep/er")).toContain("here")
    expect(await run("fw_printenv 3")).toContain("bootdelay=3")
    expect(await run("[ 4 ]")).toContain("bootdelay=4")
  })

  it("runs what is typed, and tells its exit status", async () => {
    const { run } = await startShell()
    expect(await run("echo $((6 * 7)); false; echo RC=$?=")).toBe(
      `echo $((6 * 7)); false; echo RC=$?=\r\n42\r\nRC=1=\r\n${prompt}`,
    )
    expect(await run("x=kept; cd /tmp")).toContain(prompt)
    expect(await run("echo $x $PWD; (exit 3); echo RC=$?=")).toContain("\r\nkept /tmp\r\nRC=3=\r\n")
  })

  it("takes here-documents, long lines in pieces, and programs that read", async () => {
    const { client, run } = await startShell()
    client.type("cat > script <<'EOF'\rset -e\recho \"$1\" > there\rEOF\r")
    await client.until(/EOF\r\n(> )*board:~# $/)
    expect(await run("sh script words; cat there")).toContain("\r\nwords\r\n")

    const long = "0123456789".repeat(350)
    const line = `printf %s ${long} | md5sum`
    for (let at = 0; at < line.length; at += 100) client.type(line.slice(at, at + 100))
    client.type("\r")
    const md5 = createHash("md5").update(long).digest("hex")
    expect(await client.until(prompt)).toContain(`\r\n${md5}  -\r\n`)

    client.type("stty -echo; echo ask; read secret; stty echo; echo got $secret\r")
    await client.until("\r\nask\r\n")
    client.type("hush\r")
    expect(await client.until(prompt)).toBe(`got hush\r\n${prompt}`)
  })

  it("takes a large file typed into it", async () => {
    const { client, run } = await startShell()
    const file = randomBytes(200_000)
    const text = file.toString("base64").replace(/.{76}/g, "$&\r")
    await run("stty -echo")
    client.type(`base64 -d > file <<'EOF'\r${text}\rEOF\r`)
    await client.until(prompt)
    const md5 = createHash("md5").update(file).digest("hex")
    expect(await run("md5sum file")).toContain(md5)
  })

  it("streams output while a command runs, and ends it at Ctrl-C", async () => {
    const { client, run } = await startShell()
    const time = oddTime()
    client.type(`echo begin; sleep ${time}\r`)
    await client.until("\r\nbegin\r\n")
    await expect.poll(() => runs(time), { timeout: patience }).toBe(true)
    client.type("\x03")
    expect(await client.until(prompt)).toContain("^C")
    expect(runs(time)).toBe(false)
    const count = await run("seq 100000 | tee /dev/tty | wc -l")
    expect(count).toMatch(/\r\n99999\r\n100000\r\n/)
    expect(count).toMatch(/\r\n100000\r\nboard:~# $/)
  })

  it("has a root file system of its own, that outlives the shell and a reset", async () => {
    const { board, client, run } = await startShell()
    expect(await run("mkdir /lava-1 && touch /lava-1/here; ls /; hostname; id -u")).toMatch(
      /lava-1[^]*\r\nboard\r\n0\r\n/,
    )
    expect(await run("touch /usr/bin/there")).toContain("Read-only file system")
    expect(await run("echo c > /proc/sysrq-trigger; echo still here")).toContain("\r\nstill here")
    client.type("exit\r")
    await client.until(prompt)
    expect(await run("ls /lava-1")).toContain("\r\nhere\r\n")
    await board.power("reset")
    await client.until(prompt)
    expect(await run("ls /lava-1")).toContain("\r\nhere\r\n")
    expect(readdirSync("/")).not.toContain("lava-1")
    expect(rootsOf(process.pid)).toHaveLength(1)
    await board.close()
    expect(rootsOf(process.pid)).toEqual([])
  })

  it("is reset and powered off by the system calls that do it", async () => {
    const { board, client } = await startShell()
    client.type("reboot -f\r")
    expect(await client.until(prompt)).toBe(
      `reboot -f\r\nreboot: Restarting system\r\nboot\r\n${prompt}`,
    )
    client.type("poweroff\r")
    expect(await client.until("down\r\n")).toBe("poweroff\r\nreboot: Power down\r\n")
    await expect.poll(() => board.powered).toBe(false)
  })

  it("runs a test fetched over the network, with lava-test-shell's signals", async () => {
    const runner = `#!/bin/sh
echo "<LAVA_SIGNAL_STARTRUN 0_smoke 17_1.0>"
for t in one two; do echo "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=$t RESULT=pass>"; done
echo "<LAVA_SIGNAL_ENDRUN 0_smoke 17_1.0>"
echo "<LAVA_TEST_RUNNER EXIT>"
`
    const server = createServer((_, response) => response.end(runner)).listen(0, "127.0.0.1")
    onTestFinished(() => void server.close())
    await once(server, "listening")
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/runner`
    const { run } = await startShell()
    const fetched = await run(
      `mkdir -p /lava-17/bin && wget -q -O /lava-17/bin/lava-test-runner ${url}; echo RC=$?=`,
    )
    expect(fetched).toContain("\r\nRC=0=\r\n")
    await run("chmod +x /lava-17/bin/lava-test-runner")
    expect(await run("/lava-17/bin/lava-test-runner /lava-17/0")).toContain(
      [
        "",
        "<LAVA_SIGNAL_STARTRUN 0_smoke 17_1.0>",
        "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=one RESULT=pass>",
        "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=two RESULT=pass>",
        "<LAVA_SIGNAL_ENDRUN 0_smoke 17_1.0>",
        "<LAVA_TEST_RUNNER EXIT>",
        "",
      ].join("\r\n"),
    )
  })
})

describe("login-shell", () => {
  const logIn = async (client: ConsoleClient, user: string, password: string) => {
    await client.until("board login: ")
    client.type(`${user}\r`)
    expect(await client.until("Password: ")).toBe(`${user}\r\nPassword: `)
    client.type(`${password}\r`)
  }

  it("lets in who knows the password, and nobody else", async () => {
    const { board, client } = await startAndWatch(readyMade("login-shell"))
    await logIn(client, "root", "guess")
    expect(await client.until("incorrect\r\n")).toBe("\r\n\r\nLogin incorrect\r\n")
    await logIn(client, "nobody", "lab-dispatch")
    expect(await client.until("incorrect\r\n")).toBe("\r\n\r\nLogin incorrect\r\n")
    await logIn(client, "root", "lab-dispatch")
    expect(await client.until("# ")).toBe("\r\nroot@board:~# ")
    client.type("logout() { exit; }; logout\r")
    await client.until("board login: ")
    expect(board.state).toBe("login")
  })
})

describe("noisy", () => {
  it("writes kernel messages into what the shell prints, and loses nothing of it", async () => {
    const { client } = await startAndWatch(readyMade("noisy"))
    await client.until("login: ")
    client.type("root\r")
    await client.until("# ")
    client.type("seq 1000; echo END; exit\r")
    const text = await client.until("login: ")
    const noise = /\[ +\d+\.\d+\] (usb|audit).*\r\n/g
    expect(text.match(noise)?.length).toBeGreaterThan(10)
    const numbers = Array.from({ length: 1000 }, (_, index) => `${index + 1}\r\n`).join("")
    expect(text.replace(noise, "")).toContain(`${numbers}END\r\n`)
  })
})

describe("slow-uart", () => {
  it("loses characters on their way to the shell", async () => {
    const { client } = await startAndWatch(readyMade("slow-uart"))
    const slowly = async (line: string) => {
      for (const character of `${line}\r`) {
        client.type(character)
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    }
    await client.until("=> ")
    await slowly("boot")
    await client.until("login: ")
    await slowly("root")
    await client.until("# ")
    client.type(`echo ${"x".repeat(300)}`)
    const echo = await client.quiet(200)
    expect(echo.length).toBeLessThan(200)
    client.type("\x15\r")
    await client.until("\r\n# ")
    await slowly("echo $((40 + 2))")
    expect(await client.until("42\r\n# ")).toContain("\r\n42\r\n# ")
  })
})

describe("the end of a shell", () => {
  it("leaves no process behind, not even those that left their session", async () => {
    const { board, client, run } = await startShell()
    const [times, one, two, three] = [[oddTime(), oddTime(), oddTime()], 0, 1, 2]
    await run(`sleep ${times[one]} &`)
    await run(`setsid nohup sleep ${times[two]} > /dev/null 2>&1 &`)
    client.type(`sleep ${times[three]}\r`)
    for (const time of times) await expect.poll(() => runs(time), { timeout: patience }).toBe(true)
    await board.power("off")
    expect(times.filter(runs)).toEqual([])
    await board.close()
    expect(readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim()).toBe(
      "",
    )
  })

  it("ends with the process of its board, even when that is killed; the next one cleans up", async () => {
    const time = oddTime()
    const host = fork(fileURLToPath(new URL("shell-host.ts", import.meta.url)), [time])
    await once(host, "message")
    expect(runs(time)).toBe(true)
    host.kill("SIGKILL")
    await once(host, "exit")
    await expect.poll(() => runs(time), { timeout: patience }).toBe(false)
    expect(rootsOf(host.pid)).toHaveLength(1)
    await startShell()
    expect(rootsOf(host.pid)).toEqual([])
  })
})
