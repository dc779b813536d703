import { createHash } from "node:crypto"
import { mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { InfrastructureError, messageOf } from "../pipeline/errors.ts"
import { stateDirectory } from "../user-directory.ts"
import type { Flasher } from "./flasher.ts"

/**
 * The note that a device may have a job's firmware: from before the first command writes it until its own is back. It
 * is a file that outlives a dispatcher which is killed, so that the next job knows. What undoes the one undoes the
 * other: devices with the same `restore` are the same.
 */
const noteOf = ({ restore }: Flasher): string => {
  const digest = createHash("sha256").update(JSON.stringify(restore)).digest("hex")
  return join(stateDirectory("flashed"), digest.slice(0, 32))
}

/** Notes whose firmware a device is about to get. Fails with InfrastructureError where that cannot be kept. */
export const noteFlashed = (
  flasher: Flasher,
  whose: string,
): Effect.Effect<void, InfrastructureError> =>
  withNote("kept", async () => {
    const note = noteOf(flasher)
    await mkdir(dirname(note), { recursive: true, mode: 0o700 })
    await writeFile(note, whose, { flush: true })
  })

/** Whose firmware a device may have; undefined where it is its own. */
export const flashedBy = (
  flasher: Flasher,
): Effect.Effect<string | undefined, InfrastructureError> =>
  withNote("read", () =>
    readFile(noteOf(flasher), "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined
      throw error
    }),
  )

/** Forgets the note: the device has its own firmware. */
export const forgetFlashed = (flasher: Flasher): Effect.Effect<void, InfrastructureError> =>
  withNote("removed", () => rm(noteOf(flasher), { force: true }))

const withNote = <A>(done: string, use: () => Promise<A>): Effect.Effect<A, InfrastructureError> =>
  Effect.tryPromise({
    try: use,
    catch: (cause) =>
      new InfrastructureError({
        message: `the note that the device has a job's firmware cannot be ${done}: ${messageOf(cause)}`,
        cause,
      }),
  })
