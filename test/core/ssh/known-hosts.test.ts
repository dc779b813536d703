import { execFileSync } from "node:child_process"
import { writeFileSync, readFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { knownKeys, knownName } from "../../../src/core/ssh/known-hosts.ts"
import { temporaryDirectory } from "../console/peers.ts"
import { makeKey } from "./sshd.ts"

const keysOf = (text: string, host: string, port = 22) =>
  knownKeys(text, knownName(host, port), "known_hosts").map(({ key }) => key)

describe("knownKeys", () => {
  it("finds a host by its name, its port and patterns, but not against a !pattern", () => {
    const text = `# the lab
conserver1,192.0.2.7 ssh-ed25519 AAAA1 root@conserver1
[conserver1]:2222 ssh-ed25519 AAAA2

*.lab,!bad.lab ecdsa-sha2-nistp256 AAAA3
con???.lab ssh-rsa AAAA4
`
    expect(keysOf(text, "conserver1")).toEqual(["AAAA1"])
    expect(keysOf(text, "Conserver1")).toEqual(["AAAA1"])
    expect(keysOf(text, "192.0.2.7")).toEqual(["AAAA1"])
    expect(keysOf(text, "conserver1", 2222)).toEqual(["AAAA2"])
    expect(keysOf(text, "conserver")).toEqual([])
    expect(keysOf(text, "con123.lab")).toEqual(["AAAA3", "AAAA4"])
    expect(keysOf(text, "bad.lab")).toEqual([])
    expect(keysOf(text, "conXlab")).toEqual([])
  })

  it("marks what is revoked, and passes over authorities and lines that are none", () => {
    const text =
      "@revoked host ssh-rsa OLD\n@cert-authority *.lab ssh-rsa CA\nhost ssh-rsa\nhost\n\n"
    expect(knownKeys(text, "host", "/etc/known")).toEqual([
      { type: "ssh-rsa", key: "OLD", revoked: true, place: "/etc/known:1" },
    ])
    expect(keysOf(text, "a.lab")).toEqual([])
  })

  it.live("finds the names that ssh-keygen has hashed", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const key = readFileSync(`${makeKey(directory, "key")}.pub`, "utf8").trim()
      const file = path.join(directory, "known_hosts")
      writeFileSync(file, `conserver1 ${key}\n[conserver1]:2222 ${key}\nother ${key}\n`)
      execFileSync("ssh-keygen", ["-q", "-H", "-f", file], { stdio: "ignore" })
      const text = readFileSync(file, "utf8")
      expect(text).not.toContain("conserver1")
      const places = (host: string, port: number) =>
        knownKeys(text, knownName(host, port), file).map(({ place }) => place)
      expect(places("conserver1", 22)).toEqual([`${file}:1`])
      expect(places("conserver1", 2222)).toEqual([`${file}:2`])
      expect(places("conserver2", 22)).toEqual([])
    }),
  )
})
