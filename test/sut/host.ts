import { spawn, type ChildProcess } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { once } from "node:events"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { onTestFinished } from "vitest"
import { ownCertificate, pinOf } from "../../src/core/spool/certificate.ts"
import { HostSpool } from "../../src/core/spool/host-spool.ts"
import { type SpoolAnswer, SpoolServer } from "../../src/core/spool/server.ts"
import { dispatch, type JobEvent, type JobResult, loadLab } from "../../src/index.ts"
import { sshd } from "../core/ssh/sshd.ts"

const client = join(import.meta.dirname, "../../sut/lab-dispatch-client")

/** A host on this machine: the real client, and a boot id that a test changes where a real one reboots. */
export interface Host {
  readonly directory: string
  readonly spool: HostSpool
  /** Appends lines to the client's configuration. */
  readonly configure: (...lines: ReadonlyArray<string>) => Promise<void>
  /** Runs the client to its end; answers its exit code. */
  readonly run: (...words: ReadonlyArray<string>) => Promise<number | undefined>
  /** Starts the client in a process group of its own. */
  readonly start: () => ChildProcess
  /** Runs the client again and again, as cron would, until the work is done. */
  readonly serving: <A>(work: Promise<A>) => Promise<A>
  /** The clients that run. */
  readonly running: () => ReadonlyArray<ChildProcess>
  /** What a power cut leaves: all processes are gone, and the boot is another one. */
  readonly cut: (child: ChildProcess) => Promise<void>
  readonly state: () => string
  /** The file of the client's own of this name; empty where there is none. */
  readonly work: (name: string) => string
  /** Ends it and removes all of it, as the end of the test does. */
  readonly close: () => Promise<void>
}

let boots = 0

/**
 * Makes a spool and a host with the client's configuration.
 *
 * @param host its name
 * @param owner whose jobs it takes
 * @param shell what runs the client
 * @param path the programs that it has
 */
export const makeHost = async ({
  host = "sut-01",
  owner = "alice",
  shell = "/bin/sh",
  path = process.env["PATH"] ?? "",
}: {
  readonly host?: string
  readonly owner?: string
  readonly shell?: string
  readonly path?: string
} = {}): Promise<Host> => {
  const directory = await mkdtemp(join(tmpdir(), "self-reboot-"))
  const spool = new HostSpool(join(directory, "spool"), host)
  const configuration = join(directory, "client.conf")
  const bootId = join(directory, "boot_id")
  const work = join(directory, "work")
  const reboot = async () => writeFile(bootId, `boot-${++boots}\n`)
  await mkdir(work)
  await reboot()
  const rebootCommand = join(directory, "reboot")
  // It cannot take the machine down: it changes the boot and kills the client.
  await writeFile(
    rebootCommand,
    `#!/bin/sh\necho >>${directory}/reboots\necho "boot-$(date +%s%N)" >${bootId}\nkill -9 $PPID\n`,
  )
  await chmod(rebootCommand, 0o755)
  await writeFile(
    configuration,
    `host=${host}
owner=${owner}
work=${work}
boot_id_file=${bootId}
check_seconds=1
reboot_command=${rebootCommand}
`,
  )
  const running = new Set<ChildProcess>()
  const kill = (child: ChildProcess) => {
    try {
      process.kill(-child.pid!, "SIGKILL")
    } catch {
      // It has ended.
    }
  }
  const close = async () => {
    for (const child of running) kill(child)
    killTests(work)
    await rm(directory, { recursive: true, force: true })
  }
  onTestFinished(close)
  const start = (...words: ReadonlyArray<string>): ChildProcess => {
    const child = spawn(shell, [client, "-c", configuration, ...words], {
      detached: true,
      stdio: ["ignore", "ignore", "inherit"],
      env: { PATH: path, HOME: directory },
    })
    running.add(child)
    child.once("exit", () => running.delete(child))
    return child
  }
  const run = async (...words: ReadonlyArray<string>) => {
    const child = start(...words)
    const [code] = (await once(child, "exit")) as [number | null]
    return code ?? undefined
  }
  return {
    directory,
    spool,
    configure: async (...lines) => writeFile(configuration, `${lines.join("\n")}\n`, { flag: "a" }),
    run,
    start,
    running: () => [...running],
    serving: async (work) => {
      const over = new AbortController()
      const settled = work.finally(() => over.abort())
      settled.catch(() => {})
      while (!over.signal.aborted) {
        await run()
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      return settled
    },
    cut: async (child) => {
      kill(child)
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
      killTests(work)
      await reboot()
    },
    state: () => stateOf(spool),
    work: (name) => textOf(join(work, name)),
    close,
  }
}

/** Ends the tests that the client has started in sessions of their own. */
const killTests = (work: string): void => {
  for (const stage of [0, 1, 2]) {
    const file = join(work, `run.${stage}.pid`)
    if (!existsSync(file)) continue
    const pid = Number(readFileSync(file, "utf8").split(" ")[1])
    try {
      process.kill(-pid, "SIGKILL")
    } catch {
      // They have ended.
    }
  }
}

/** What a host says that it does. */
export const stateOf = (spool: HostSpool): string => textOf(spool.path("state"))

const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, "utf8").trim() : "")

/** A spool, and how its client is told where it is. */
export type Served = Pick<Host, "spool" | "configure">

/** Serves the host's spool by HTTPS, and tells its client. */
export const serveHttps = async (
  { spool, configure }: Served,
  { port = 0, pin }: { readonly port?: number; readonly pin?: string } = {},
): Promise<{ readonly server: SpoolServer; readonly answers: ReadonlyArray<SpoolAnswer> }> => {
  const root = join(spool.directory, "..")
  await Effect.runPromise(spool.open({ owner: "alice", allow: [] }))
  const certificate = await ownCertificate(root)
  const answers: Array<SpoolAnswer> = []
  const server = await SpoolServer.listen({
    bind: "127.0.0.1",
    port,
    ...certificate,
    spools: [spool],
    onAnswer: (answer) => void answers.push(answer),
  })
  onTestFinished(() => server.close().catch(() => {}))
  await configure(
    `spool=https://127.0.0.1:${server.port}/sut-01`,
    `token=${await Effect.runPromise(spool.token)}`,
    `pin=${pin ?? pinOf(certificate)}`,
  )
  return { server, answers }
}

/** Starts a job of these actions for a host of this machine. */
export const startJob = (
  host: Pick<Host, "directory" | "spool">,
  actions: ReadonlyArray<object>,
  options: JobOptions = {},
) => {
  const job = {
    job_name: "a job for a host far away",
    device: "sut-01",
    visibility: "public",
    timeouts: { job: { days: 3 }, action: { seconds: 60 } },
    // The tests of this machine stay in the test's directory.
    context: { lava_test_results_dir: `${host.directory}/lava-%s` },
    actions,
  }
  return dispatchTo(host, job, options)
}

/** The lab of a host, and a job for it as its owner dispatches it. */
export const dispatchTo = async (
  { directory, spool }: Pick<Host, "directory" | "spool">,
  job: object,
  { id, submitter = "alice", device = {}, repositories = [] }: JobOptions = {},
) => {
  const lab = await loadLab({
    repositories,
    devices: {
      "sut-01": {
        device_type: "self-reboot",
        parameters: {
          spool: join(spool.directory, ".."),
          owner: "alice",
          poll_seconds: 0.05,
          ...device,
        },
      },
    },
  })
  const events: Array<JobEvent> = []
  const run = dispatch(
    { value: job },
    {
      lab,
      submitter,
      recordDirectory: directory,
      ...(id !== undefined && { id }),
      onEvent: (event) => void events.push(event),
    },
  )
  return { ...run, events }
}

interface JobOptions {
  readonly id?: string
  readonly submitter?: string
  readonly device?: object
  /** Of the lab: where its packages are. */
  readonly repositories?: ReadonlyArray<string | object>
}

/** Offers the host's spool by rsync over a real ssh server, restricted as the documentation says, and tells its client. */
export const serveRsync = async ({
  spool,
  configure,
}: Served): Promise<{ readonly directory: string }> => {
  const scope = Scope.makeUnsafe()
  onTestFinished(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  // A bash that knows itself to be inside another one does not read the user's own .bashrc.
  const { port, directory } = await Effect.runPromise(Scope.provide(sshd("SetEnv SHLVL=1"), scope))
  await Effect.runPromise(spool.open({ owner: "alice", allow: [] }))
  const key = await readFile(join(directory, "me.pub"), "utf8")
  await writeFile(
    join(directory, "authorized_keys"),
    `command="rrsync -munge -no-lock ${spool.directory}",restrict ${key}`,
  )
  await configure(
    `spool=${userInfo().username}@127.0.0.1:`,
    `ssh_command='ssh -p ${port} -i ${directory}/me -o BatchMode=yes -o UserKnownHostsFile=${directory}/known_hosts'`,
  )
  return { directory }
}

/** All results of a job, a line each. */
export const casesOf = ({ cases }: JobResult): ReadonlyArray<string> =>
  cases.map((each) => `${each.suite} ${each.case} ${each.result}`)
