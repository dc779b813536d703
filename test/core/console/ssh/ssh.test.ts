import { execFileSync } from "node:child_process"
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { once } from "node:events"
import { type AddressInfo, createServer, type Socket } from "node:net"
import { homedir, userInfo } from "node:os"
import path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { vi } from "vitest"
import type { Transport } from "../../../../src/core/console/transport.ts"
import { SshSettings } from "../../../../src/core/console/ssh/settings.ts"
import { withAbsolutePaths } from "../../../../src/core/ssh/settings.ts"
import { openSsh } from "../../../../src/core/console/ssh/ssh.ts"
import { background, eventually, isRunning, temporaryDirectory } from "../peers.ts"
import { knownHostsLine, makeKey, password, sshd } from "../../ssh/sshd.ts"

const collect = (transport: Transport) => {
  let text = ""
  transport.onData((bytes) => (text += Buffer.from(bytes).toString()))
  return () => text
}

const lossOf = (transport: Transport) =>
  Effect.promise(() => new Promise<string>(transport.onClose))

/** What a console that cannot be opened says. */
const refusalOf = (settings: SshSettings) =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(Effect.scoped(openSsh(settings)))
    expect(error._tag).toBe("InfrastructureError")
    return error.message
  })

const fingerprintOf = (keyFile: string) =>
  execFileSync("ssh-keygen", ["-l", "-f", keyFile], { encoding: "utf8" }).split(" ")[1]!

const user = userInfo().username

describe("openSsh", () => {
  it.live("gives the user's shell, on a terminal that echoes", () =>
    Effect.gen(function* () {
      const { settings, port } = yield* sshd()
      const transport = yield* openSsh(settings())
      expect(transport.description).toBe(`ssh ${user}@127.0.0.1:${port}`)
      const text = collect(transport)
      yield* Effect.promise(() => transport.write(Buffer.from("PS1='> '; echo $((6*7)) $TERM\r")))
      yield* eventually(() => text().includes("42 vt220\r\n"))
      expect(text()).toContain("echo $((6*7))")
    }),
  )

  it.live("runs a command on a terminal, and hangs it up when the console is closed", () =>
    Effect.gen(function* () {
      const { settings, sessions } = yield* sshd()
      const command = "tty && exec sleep 1000"
      const processes = yield* Effect.scoped(
        Effect.gen(function* () {
          const transport = yield* openSsh(settings({ command }))
          expect(transport.description).toContain(`, command "${command}"`)
          const text = collect(transport)
          yield* eventually(() => /^\/dev\/pts\/\d+\n$/.test(text()))
          return sessions()
        }),
      )
      expect(processes.length).toBeGreaterThan(0)
      yield* eventually(() => !processes.some(isRunning))
    }),
  )

  it.live("tells how a command ended", () =>
    Effect.gen(function* () {
      const { settings } = yield* sshd()
      for (const [command, reason] of [
        ["exit 3", `the command "exit 3" on 127.0.0.1 ended (exit code 3)`],
        ["kill -TERM $$", `the command "kill -TERM $$" on 127.0.0.1 ended (SIGTERM)`],
        ["conmux-none b1", `127.0.0.1 has no such program: "conmux-none b1" (exit code 127)`],
        ["/etc/passwd", `"/etc/passwd" may not be run on 127.0.0.1 (exit code 126)`],
      ] as const) {
        const transport = yield* openSsh(settings({ command }))
        collect(transport)
        expect(yield* lossOf(transport)).toBe(reason)
      }
    }),
  )

  it.live("notices a server that is silent, and gives up what was written to it", () =>
    Effect.gen(function* () {
      const { settings, sessions } = yield* sshd()
      const transport = yield* openSsh(settings({ command: "exec cat" }), {
        loginSeconds: 20,
        aliveSeconds: 1,
      })
      collect(transport)
      for (const pid of sessions()) process.kill(pid, "SIGSTOP")
      // More than the server has promised to take.
      const write = Effect.tryPromise(() => transport.write(Buffer.alloc(8 * 1024 * 1024)))
      const [written, reason] = yield* Effect.all([Effect.exit(write), lossOf(transport)], {
        concurrency: "unbounded",
      })
      expect(reason).toBe("the ssh server has not answered for 3 s")
      expect(written._tag).toBe("Failure")
    }),
  )

  it.live("logs in with an encrypted key, an agent, and a password", () =>
    Effect.gen(function* () {
      const { settings, directory, port } = yield* sshd()
      const { known_hosts } = settings()
      const base = { host: "127.0.0.1", port, known_hosts, command: "echo in" }
      const opens = (more: object) =>
        Effect.scoped(
          Effect.gen(function* () {
            const text = collect(yield* openSsh(SshSettings.parse({ ...base, ...more })))
            yield* eventually(() => text() === "in\n")
          }),
        )
      yield* opens({ password })

      const encrypted = makeKey(directory, "encrypted", {
        type: "ecdsa",
        passphrase: "open sesame",
      })
      const authorized = path.join(directory, "authorized_keys")
      copyFileSync(`${encrypted}.pub`, authorized)
      yield* opens({ identity_file: encrypted, passphrase: "open sesame" })

      copyFileSync(path.join(directory, "me.pub"), authorized)
      const agent = path.join(directory, "agent")
      yield* background("ssh-agent", ["-D", "-a", agent])
      yield* eventually(() => existsSync(agent))
      execFileSync("ssh-add", ["-q", path.join(directory, "me")], {
        env: { ...process.env, SSH_AUTH_SOCK: agent },
        stdio: "ignore",
      })
      yield* opens({ agent })
    }),
  )
})

describe("openSsh with nothing said of the login", () => {
  /** Settings without a login, for a user with this home directory and no agent. */
  const plainly = (home: string) =>
    Effect.gen(function* () {
      const { directory, port } = yield* sshd()
      const name = path.join(home, ".ssh")
      mkdirSync(name)
      copyFileSync(path.join(directory, "known_hosts"), path.join(name, "known_hosts"))
      yield* Effect.acquireRelease(
        Effect.sync(() => vi.stubEnv("HOME", home).stubEnv("SSH_AUTH_SOCK", undefined)),
        () => Effect.sync(() => vi.unstubAllEnvs()),
      )
      return { key: path.join(directory, "me"), settings: { host: "127.0.0.1", port } }
    })

  it.live("logs in as ssh does, by a key in ~/.ssh, to a host in ~/.ssh/known_hosts", () =>
    Effect.gen(function* () {
      const home = yield* temporaryDirectory
      const { key, settings } = yield* plainly(home)
      copyFileSync(key, path.join(home, ".ssh/id_ed25519"))
      const text = collect(yield* openSsh(SshSettings.parse({ ...settings, command: "echo in" })))
      yield* eventually(() => text() === "in\n")
    }),
  )

  it.live("says that there is nothing to log in with", () =>
    Effect.gen(function* () {
      const { settings } = yield* plainly(yield* temporaryDirectory)
      expect(yield* refusalOf(SshSettings.parse(settings))).toContain(
        `there is nothing to log in with: give it an "identity_file"`,
      )
    }),
  )
})

describe("the host's key", () => {
  it.live("is refused when it is not known, with the line that would make it known", () =>
    Effect.gen(function* () {
      const { settings, directory } = yield* sshd()
      const known_hosts = path.join(directory, "mine")
      writeFileSync(known_hosts, "other ssh-ed25519 AAAA\n")
      const message = yield* refusalOf(settings({ known_hosts }))
      const shown = `ssh-ed25519 ${fingerprintOf(path.join(directory, "host"))}`
      expect(message).toContain(`its host key is not known: it shows ${shown}; if that is right`)
      const [, line = ""] = /add this line to \S+\/mine: (.*)$/.exec(message) ?? []
      writeFileSync(known_hosts, `${line}\n`)
      yield* openSsh(settings({ known_hosts, command: "exec cat" }))
    }),
  )

  it.live("is refused when it has changed, or was revoked", () =>
    Effect.gen(function* () {
      const { settings, directory, port } = yield* sshd()
      const { known_hosts = "" } = settings()
      const right = readFileSync(known_hosts, "utf8")
      const old = makeKey(directory, "old")
      writeFileSync(known_hosts, knownHostsLine(old, port))
      expect(yield* refusalOf(settings())).toContain(
        `its host key has changed: expected ssh-ed25519 ${fingerprintOf(old)} (${known_hosts}:1), it shows ssh-ed25519 ${fingerprintOf(path.join(directory, "host"))}; either the host was installed anew, then forget the old key by ssh-keygen -R '[127.0.0.1]:${port}'`,
      )
      writeFileSync(known_hosts, `${right}@revoked ${right}`)
      expect(yield* refusalOf(settings())).toMatch(/is revoked \(\S+known_hosts:2\)$/)
      writeFileSync(known_hosts, knownHostsLine(old, port) + right)
      yield* openSsh(settings({ command: "exec cat" }))
    }),
  )

  it.live("is asked for by the algorithm of the key that is known", () =>
    Effect.gen(function* () {
      const { settings, directory, port } = yield* sshd()
      const { known_hosts = "" } = settings()
      writeFileSync(known_hosts, knownHostsLine(path.join(directory, "host-ecdsa"), port))
      yield* openSsh(settings({ command: "exec cat" }))
    }),
  )

  it.live("may be given by its fingerprint", () =>
    Effect.gen(function* () {
      const { settings, directory } = yield* sshd()
      const given = (keyFile: string) => ({
        ...settings({ known_hosts: undefined, host_key: fingerprintOf(keyFile) }),
      })
      yield* openSsh(given(path.join(directory, "host")))
      const other = makeKey(directory, "other")
      expect(yield* refusalOf(given(other))).toContain(
        `its host key is not the lab file's: expected ${fingerprintOf(other)}, it shows ssh-ed25519 `,
      )
    }),
  )
})

describe("a console that ssh cannot open", () => {
  it.live("tells of a login that is refused: what was tried, and what would be taken", () =>
    Effect.gen(function* () {
      const { settings, directory, port } = yield* sshd()
      const stranger = makeKey(directory, "stranger")
      expect(yield* refusalOf(settings({ identity_file: stranger }))).toBe(
        `the console at ssh ${user}@127.0.0.1:${port} cannot be opened: the login of the user ${user} is refused: tried the key ${stranger}, the server takes publickey, password, keyboard-interactive; check the user and its keys there`,
      )
      const { known_hosts } = settings()
      const wrong = { host: "127.0.0.1", port, known_hosts, password: "wrong one", user: "nobody" }
      const message = yield* refusalOf(SshSettings.parse(wrong))
      expect(message).toContain("the login of the user nobody is refused: tried the password, the")
      expect(message).not.toContain("wrong one")
    }),
  )

  it.live("tells of a key file that cannot be used", () =>
    Effect.gen(function* () {
      const { settings, directory } = yield* sshd()
      const encrypted = makeKey(directory, "encrypted", { passphrase: "open sesame" })
      const cases: ReadonlyArray<[Parameters<typeof settings>[0], string]> = [
        [{ identity_file: `${directory}/none` }, "none cannot be read (ENOENT)"],
        [{ identity_file: encrypted }, `is encrypted: give its "passphrase", or the "agent"`],
        [{ identity_file: encrypted, passphrase: "shazam" }, "cannot be decrypted; check its"],
        [{ identity_file: `${encrypted}.pub` }, "is a public key; give the private one beside it"],
        [{ identity_file: "/etc/passwd" }, "/etc/passwd cannot be used: "],
        [{ known_hosts: `${directory}/none` }, "none cannot be read (ENOENT)"],
        [{ identity_file: undefined, agent: `${directory}/none` }, "the ssh-agent does not help"],
      ]
      for (const [more, message] of cases)
        expect(yield* refusalOf(settings(more))).toContain(message)
    }),
  )

  it.live("tells of a server that gives no terminal", () =>
    Effect.gen(function* () {
      const { settings } = yield* sshd("PermitTTY no")
      expect(yield* refusalOf(settings({ command: "cat" }))).toMatch(
        /the ssh server refuses a command on a terminal \(.*\); check what this user may do there$/,
      )
    }),
  )

  it.live("tells of a port where nothing listens, and of a server of another kind", () =>
    Effect.gen(function* () {
      const { settings, end } = yield* sshd()
      yield* end
      expect(yield* refusalOf(settings())).toContain(
        "nothing listens there; check that its ssh server runs",
      )
      for (const [talk, message] of [
        [(socket: Socket) => void socket.end("go away\r\n"), "is not an ssh server, or hung up"],
        [() => {}, "it did not greet as an ssh server does within 0.3 s"],
      ] as const) {
        const server = yield* Effect.acquireRelease(
          Effect.promise(async () => {
            const server = createServer(talk).listen(0, "127.0.0.1")
            await once(server, "listening")
            return server
          }),
          (server) => Effect.sync(() => server.close()),
        )
        const { port } = server.address() as AddressInfo
        const open = openSsh(settings({ port }), { loginSeconds: 0.3, aliveSeconds: 10 })
        const error = yield* Effect.flip(Effect.scoped(open))
        expect(error.message).toContain(message)
      }
    }),
  )
})

describe("withAbsolutePaths", () => {
  it("takes paths as relative to the lab file, or to the home directory", () => {
    const settings = SshSettings.parse({
      host: "h",
      identity_file: "~/.ssh/lab",
      known_hosts: "known_hosts",
      agent: "/run/agent",
    })
    expect(withAbsolutePaths(settings, "/etc/lab")).toEqual({
      host: "h",
      port: 22,
      identity_file: `${homedir()}/.ssh/lab`,
      known_hosts: "/etc/lab/known_hosts",
      agent: "/run/agent",
    })
  })
})
