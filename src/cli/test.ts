import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join, relative, resolve } from "node:path"
import * as Effect from "effect/Effect"
import { SshSettings } from "../core/console/ssh/settings.ts"
import { builtInMethods } from "../core/job/v2/methods.ts"
import { os } from "../core/job/v2/deploy/os.ts"
import type { Lab } from "../core/lab/load-lab.ts"
import type { DevicePlugin } from "../core/lab/plugin.ts"
import { DispatcherSettings } from "../core/net/settings.ts"
import { ConfigurationError } from "../core/pipeline/errors.ts"
import type { ReportFormat } from "../core/report/open.ts"
import { withAbsolutePaths } from "../core/ssh/settings.ts"
import { readDefinition } from "../core/testshell/read-definition.ts"
import { testHost } from "../devices/test-host.ts"
import { prepare, type ReadyJob } from "../index.ts"
import { runSettled } from "./run.ts"

/** Where a definition is run by ssh. */
export interface SshTarget {
  readonly host: string
  readonly user?: string
  readonly port?: number
}

/** The options of `dispatch test run`. */
export interface TestOptions {
  /** This machine where it is not given. */
  readonly on?: SshTarget
  readonly identity?: string
  readonly param?: Readonly<Record<string, string>>
  readonly skipInstall?: true
  readonly repository?: string
  readonly os?: string
  /** In minutes. */
  readonly timeout: number
  readonly outputDir?: string
  readonly format: ReportFormat
}

/** Runs one test definition without a job of the user's own; answers the exit code. */
export const runTest = (path: string, options: TestOptions): Promise<number> =>
  runSettled(() => settleTest(path, options), options)

/** The job that runs the definition, and a lab of the one host. Rejects with InvalidFile, with ConfigurationError. */
const settleTest = async (
  path: string,
  options: TestOptions,
): Promise<{ readonly ready: ReadyJob; readonly lab: Lab }> => {
  const lab = labOf(options)
  const [device] = lab.devices.keys()
  const distro = options.os ?? (options.on ? undefined : await ownDistro())
  const limit = { seconds: Math.ceil(options.timeout * 60) }
  const directory = options.on ? "/tmp" : tmpdir()
  const definition = await definitionOf(path, options)
  const value = {
    job_name: definition.name,
    device,
    visibility: "public",
    timeouts: { job: limit, action: limit },
    context: { lava_test_results_dir: join(directory, "lava-%s") },
    actions: [
      { deploy: { to: "overlay", ...(distro !== undefined && { os: distro }) } },
      { test: { definitions: [definition] } },
    ],
  }
  return { ready: await prepare({ value, name: path }, { lab }), lab }
}

/** What a job would say of the definition. */
const definitionOf = async (path: string, { param, skipInstall, repository }: TestOptions) => {
  const { definition, value } = await Effect.runPromise(readDefinition(path))
  const name = definition.metadata.name.replace(/[^\w.+-]+/g, "-")
  const common = {
    name: name === "lava" ? "lava-test" : name,
    ...(param && { params: param }),
    ...(skipInstall && { skip_install: ["all"] }),
  }
  const directory = repository === undefined ? workingTreeOf(path) : resolve(repository)
  if (directory === undefined) return { ...common, from: "inline", repository: value }
  const inside = relative(directory, resolve(path))
  if (inside.startsWith("..")) {
    throw new ConfigurationError({ message: `${path} is not in ${directory}` })
  }
  return { ...common, from: "directory", repository: directory, path: inside }
}

/** The git working tree that a file is in. */
const workingTreeOf = (path: string): string | undefined => {
  for (let at = dirname(resolve(path)); ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return at
    if (at === dirname(at)) return undefined
  }
}

/** What os-release(5) calls this machine's system, where definitions have a name for it. */
const ownDistro = async (): Promise<string | undefined> => {
  const text = await readFile("/etc/os-release", "utf8").catch(() => "")
  const [, id] = /^ID="?([\w-]+)"?$/m.exec(text) ?? []
  return os.safeParse(id).data
}

const labOf = ({ on, identity }: TestOptions): Lab => {
  const name = on ? (on.user === undefined ? on.host : `${on.user}@${on.host}`) : "this machine"
  const dispatcher = DispatcherSettings.parse(on ? {} : { address: "127.0.0.1" })
  const ssh = on && { ...on, ...(identity !== undefined && { identity_file: identity }) }
  const device = {
    name,
    type: testHost.name,
    plugin: testHost.name,
    parameters: {},
    mac: undefined,
    address: undefined,
    dispatcher,
    tags: [],
    console: ssh && { ssh: withAbsolutePaths(SshSettings.parse(ssh), process.cwd()) },
    power: undefined,
    network: undefined,
    flasher: undefined,
    commands: {},
    timeouts: {},
    connectionTimeouts: {},
    resetMessages: [],
    characterDelays: {},
  }
  return {
    file: "the command line",
    dispatcher,
    repositories: [],
    devices: new Map([[name, device]]),
    plugins: new Map([[testHost.name, testHost as DevicePlugin]]),
    methods: builtInMethods,
  }
}
