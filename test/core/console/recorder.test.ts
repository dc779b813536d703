import { execFileSync, spawnSync } from "node:child_process"
import { readFileSync, statSync, writeFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { openRecorder } from "../../../src/core/console/recorder.ts"
import { eventually, temporaryDirectory } from "./peers.ts"

const moduleOf = (name: string) =>
  JSON.stringify(new URL(`../../../src/core/console/${name}`, import.meta.url).pathname)

/** Runs a program in a Node process of its own, to see how it leaves the files when it ends. */
const runNode = (program: string, ...words: ReadonlyArray<string>) =>
  spawnSync(process.execPath, ["--input-type=module-typescript", "--eval", program, ...words], {
    encoding: "utf8",
  })

describe("a recording", () => {
  it.live("has the bytes of both directions as they came, and plays with scriptreplay", () =>
    Effect.gen(function* () {
      const directory = path.join(yield* temporaryDirectory, "made", "for", "it")
      const came = [
        Buffer.from("U-Boot\r\n=> "),
        Buffer.from([0, 255, 27, 13, 10]),
        Buffer.from("é"),
      ]
      yield* Effect.scoped(
        Effect.gen(function* () {
          const recorder = yield* openRecorder({ directory, name: "uart0" })
          recorder.output(came[0]!)
          yield* Effect.sleep(120)
          recorder.input(Buffer.from("version\r"))
          recorder.output(came[1]!)
          recorder.output(came[2]!)
        }),
      )
      const file = (suffix: string) => path.join(directory, `uart0.${suffix}`)
      expect(readFileSync(file("log"))).toEqual(Buffer.concat(came))
      expect(readFileSync(file("input"), "utf8")).toBe("version\r")
      const timing = readFileSync(file("timing"), "utf8").trim().split("\n")
      expect(timing.map((line) => line.replace(/ \S+/, ""))).toEqual([
        expect.stringMatching(/^H START_TIME \d{4}-/),
        "O 11",
        "I 8",
        "O 5",
        "O 2",
      ])
      expect(Number(timing[2]!.split(" ")[1])).toBeGreaterThan(0.1)
      const played = execFileSync("bash", [
        "-c",
        `scriptreplay --divisor 100 --log-out <(echo; cat ${file("log")}) --log-timing ${file("timing")}`,
      ])
      expect(played.includes(Buffer.concat(came))).toBe(true)
    }),
  )

  it.live("is on disk while the console is open", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const recorder = yield* openRecorder({ directory, name: "uart0" })
      recorder.output(Buffer.from("alive"))
      yield* eventually(() => statSync(path.join(directory, "uart0.log")).size === 5)
    }),
  )

  it.live("is whole when the process exits without closing it", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      for (const [name, end] of [
        ["exit", "process.exit(0)"],
        ["crash", "throw new Error('crash')"],
      ] as const) {
        const { stderr } = runNode(
          `import * as Effect from "effect/Effect"
           import * as Scope from "effect/Scope"
           import { openRecorder } from ${moduleOf("recorder.ts")}
           const [directory] = process.argv.slice(1)
           const recorder = await Effect.runPromise(
             Scope.provide(openRecorder({ directory, name: "${name}" }), await Effect.runPromise(Scope.make())))
           for (let line = 0; line < 100000; line++) recorder.output(Buffer.from("line " + line + "\\n"))
           setImmediate(() => { ${end} })`,
          directory,
        )
        const log = readFileSync(path.join(directory, `${name}.log`), "utf8")
        expect({ lines: log.split("\n").length, stderr }).toMatchObject({ lines: 100_001 })
        expect(log.endsWith("line 99999\n")).toBe(true)
      }
    }),
  )

  it.live("that cannot be made fails with what to check", () =>
    Effect.gen(function* () {
      const directory = path.join(yield* temporaryDirectory, "file")
      writeFileSync(directory, "")
      const error = yield* Effect.flip(Effect.scoped(openRecorder({ directory, name: "uart0" })))
      expect(error._tag).toBe("InfrastructureError")
      expect(error.message).toMatch(/^the console uart0 cannot be recorded in .*EEXIST.*check/)
    }),
  )
})
