import { readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { parse, stringify } from "yaml"
import type { BoardScriptInput } from "../../src/board/script.ts"

/** What is run by both dispatchers. */
export interface Case {
  /** The job, YAML. */
  readonly job: string
  readonly board: BoardScriptInput
  /** Differences that docs/lava-differences.md tells of: the row's name -> results that only one of them has. */
  readonly differs: Readonly<Record<string, Difference>>
}

/** Results of one dispatcher alone, as `compared` writes them. */
export interface Difference {
  readonly lava?: ReadonlyArray<string>
  readonly here?: ReadonlyArray<string>
}

/** A test definition; `job` is what the job says of it. */
type Test = Readonly<Record<string, unknown>> & {
  readonly name: string
  readonly job?: object
}

/** A test block: of its own kind, or with `tests` in place of inline definitions. */
type TestBlock = Readonly<Record<string, unknown>> & { readonly tests?: ReadonlyArray<Test> }

/** `deploy` and `boot` stand for the usual ones. */
type Step = "deploy" | "boot" | object | { readonly test: TestBlock }

/** A file of cases/: keys of a job, where they are not the usual ones; `test` in place of `actions` for one block. */
type CaseFile = Readonly<Record<string, unknown>> & {
  readonly test?: TestBlock
  readonly actions?: ReadonlyArray<Step>
  readonly board?: Partial<BoardScriptInput>
  readonly differs?: Case["differs"]
}

const usualBoard: BoardScriptInput = {
  name: "a board with a login and a real shell",
  on_power: [
    {
      print: "[    0.000000] Linux version 6.12.0-amd64 (debian-kernel@lists.debian.org) #1 SMP\n",
    },
    { state: "login" },
  ],
  states: {
    login: {
      prompt: "board login: ",
      commands: [{ match: "^root$", do: [{ state: "shell" }] }],
    },
    shell: { shell: true, prompt: "root@board:~# ", exit: [{ state: "login" }] },
  },
}

/** A system that is there already, to which the tests are brought by wget. */
const usual = {
  deploy: { deploy: { to: "overlay", os: "debian" } },
  boot: {
    boot: {
      method: "minimal",
      prompts: ["root@board:~# "],
      auto_login: { login_prompt: "login:", username: "root" },
      transfer_overlay: { download_command: "wget -q", unpack_command: "tar -C / -xzf" },
    },
  },
}

const actionOf = (step: Step): object => {
  if (step === "deploy" || step === "boot") return usual[step]
  if (!("test" in step)) return step
  const { tests, ...block } = step.test
  return { test: { ...(tests && { definitions: tests.map(definitionOf) }), ...block } }
}

const definitionOf = ({ name, job = {}, ...parts }: Test): object => ({
  from: "inline",
  name,
  path: join("inline", `${name}.yaml`),
  ...job,
  repository: { metadata: { format: "Lava-Test Test Definition 1.0", name }, ...parts },
})

/**
 * Reads a case.
 *
 * @param values what stands for `{name}` in it
 */
export const readCase = (path: string, values: Readonly<Record<string, string>>): Case => {
  const text = Object.entries(values).reduce(
    (text, [name, value]) => text.replaceAll(`{${name}}`, value),
    readFileSync(path, "utf8"),
  )
  const { test = {}, actions, board, differs = {}, ...keys } = parse(text) as CaseFile
  const steps: ReadonlyArray<Step> = actions ?? ["deploy", "boot", { test }]
  const job = {
    job_name: basename(path, ".yaml"),
    device_type: "generic",
    visibility: "public",
    timeouts: { job: { minutes: 1 }, action: { seconds: 30 }, connection: { seconds: 30 } },
    actions: steps.map(actionOf),
    ...keys,
  }
  const { states, ...other } = board ?? {}
  return {
    job: stringify(job),
    board: { ...usualBoard, ...other, states: { ...usualBoard.states, ...states } },
    differs,
  }
}
