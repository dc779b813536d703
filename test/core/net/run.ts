import { spawn } from "node:child_process"
import { once } from "node:events"

/** The end of a real client program. */
export interface Ended {
  readonly code: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

/** Runs a client program to its end; it is killed after 15 seconds. */
export const run = async (command: string, args: ReadonlyArray<string>): Promise<Ended> => {
  const child = spawn(command, args, { timeout: 15_000, stdio: ["ignore", "pipe", "pipe"] })
  const stdout: Array<Buffer> = []
  const stderr: Array<Buffer> = []
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk))
  const failed = once(child, "error").then(([error]: Array<NodeJS.ErrnoException>) => {
    throw new Error(`${command} cannot be run (${error?.code}): install its Debian package`)
  })
  const [code] = (await Promise.race([once(child, "close"), failed])) as [number | null]
  return { code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }
}

/** Runs a client program that must succeed; answers what it wrote to its output. */
export const output = async (command: string, args: ReadonlyArray<string>): Promise<Buffer> => {
  const { code, stdout, stderr } = await run(command, args)
  if (code === 0) return stdout
  throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${stderr}${stdout.toString()}`)
}
