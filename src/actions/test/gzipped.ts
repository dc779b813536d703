import { readFile } from "node:fs/promises"
import { promisify } from "node:util"
import { gzip } from "node:zlib"
import * as Effect from "effect/Effect"
import { InfrastructureError } from "../../core/pipeline/errors.ts"

/** A small file's content, gzipped as much as can be. Fails with InfrastructureError where it cannot be read. */
export const gzipped = (path: string): Effect.Effect<Buffer, InfrastructureError> =>
  Effect.tryPromise({
    try: async () => promisify(gzip)(await readFile(path), { level: 9 }),
    catch: (cause) => new InfrastructureError({ message: `${path} cannot be read`, cause }),
  })
