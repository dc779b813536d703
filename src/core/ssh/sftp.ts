import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { SFTPWrapper, Stats } from "ssh2"
import type { InfrastructureError } from "../pipeline/errors.ts"
import { connectSsh, type SshConnection, type SshLimits } from "./connect.ts"
import type { SshLogin } from "./settings.ts"

/** Bytes of one request, and how many requests are under way at once. */
const blockSize = 128 * 1024
const ahead = 16
/** A request that takes longer than this many seconds ends the connection. */
const answerSeconds = 60

/** Opens the files of a host, until the Scope closes. Fails with InfrastructureError, saying what to check. */
export const openSftp = (
  login: SshLogin,
  limits?: SshLimits,
): Effect.Effect<Sftp, InfrastructureError, Scope.Scope> =>
  connectSsh(login, { what: "the file server", start: startSftp }, limits)

const startSftp = (connection: SshConnection): Promise<Sftp> =>
  new Promise((resolve, reject) => {
    const { client } = connection
    client.once("close", () => reject(new Error("the ssh server hung up; its log says why")))
    client.sftp((error, wrapper) => {
      if (!error) return resolve(new Sftp(wrapper, connection))
      const what = `the ssh server gives no files by sftp (${error.message}); check its "Subsystem sftp"`
      reject(new Error(what, { cause: error }))
    })
  })

/** What is known of a file without reading it. */
export interface FileFacts {
  /** In bytes. */
  readonly size: number
  /** When it was written last, in milliseconds since 1970 by its host's clock. */
  readonly modified: number
  /** When it was read last, as far as its file system keeps that. */
  readonly read: number
  readonly isFile: boolean
}

/**
 * The files of a host by sftp (draft-ietf-secsh-filexfer-02, with OpenSSH's extensions). What it rejects with has
 * Node's `code` where the server says so much: "ENOENT", "EACCES".
 */
export class Sftp {
  readonly #wrapper: SFTPWrapper
  readonly #connection: SshConnection
  readonly #waiting = new Set<() => void>()
  #over = false

  constructor(wrapper: SFTPWrapper, connection: SshConnection) {
    this.#wrapper = wrapper
    this.#connection = connection
    // ssh2 answers no request that comes after the end.
    connection.client.once("close", () => {
      this.#over = true
      for (const lose of this.#waiting) lose()
    })
  }

  async stat(path: string): Promise<FileFacts> {
    return factsOf(await this.#ask<Stats>((done) => this.#wrapper.stat(path, done)))
  }

  /** The names in a directory. */
  async list(path: string): Promise<ReadonlyArray<FileFacts & { readonly name: string }>> {
    type Entries = ReadonlyArray<{ filename: string; attrs: Stats }>
    const entries = await this.#ask<Entries>((done) => this.#wrapper.readdir(path, done))
    return entries
      .filter(({ filename }) => filename !== "." && filename !== "..")
      .map(({ filename, attrs }) => ({ name: filename, ...factsOf(attrs) }))
  }

  /** A file's bytes from an offset on, to the length that it has when it is opened. */
  async *read(path: string, offset = 0): AsyncGenerator<Uint8Array> {
    const handle = await this.#ask<Buffer>((done) => this.#wrapper.open(path, "r", done))
    try {
      const { size } = await this.#ask<Stats>((done) => this.#wrapper.fstat(handle, done))
      const blocks: Array<Promise<Buffer>> = []
      for (let at = offset; at < size || blocks.length > 0;) {
        for (; at < size && blocks.length < ahead; at += blockSize) {
          const block = this.#readBlock(handle, at, Math.min(blockSize, size - at))
          block.catch(() => {}) // whoever awaits it hears of it
          blocks.push(block)
        }
        yield await blocks.shift()!
      }
    } finally {
      await this.#close(handle)
    }
  }

  async #readBlock(handle: Buffer, position: number, length: number): Promise<Buffer> {
    const block = Buffer.allocUnsafe(length)
    for (let done = 0; done < length;) {
      const rest = block.subarray(done)
      const count = await this.#ask<number>((answer) =>
        this.#wrapper.read(handle, rest, 0, rest.length, position + done, answer),
      )
      if (count === 0) throw new Error("the file became shorter while it was read")
      done += count
    }
    return block
  }

  /**
   * Writes a new file, of mode 644, and brings it to the disk. Rejects where there is one already; what is not whole
   * is removed.
   */
  async create(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const mode = 0o644
    const handle = await this.#ask<Buffer>((done) => this.#wrapper.open(path, "wx", { mode }, done))
    try {
      const writes: Array<Promise<void>> = []
      let position = 0
      for await (const chunk of content) {
        const at = position
        const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
        const write = this.#do((done) =>
          this.#wrapper.write(handle, bytes, 0, bytes.length, at, done),
        )
        write.catch(() => {}) // whoever awaits it hears of it
        position += bytes.length
        if (writes.push(write) >= ahead) await writes.shift()
      }
      await Promise.all(writes)
      // The server's umask may have taken some of it.
      await this.#do((done) => this.#wrapper.fchmod(handle, mode, done))
      await this.#extension<void>((done) =>
        this.#wrapper.ext_openssh_fsync(handle, (error) => done(error, undefined)),
      )
    } catch (error) {
      await this.remove(path).catch(() => {})
      throw error
    } finally {
      await this.#close(handle)
    }
  }

  /** Gives a file another name; what had it is gone. */
  async rename(from: string, to: string): Promise<void> {
    const renamed = await this.#extension<void>((done) =>
      this.#wrapper.ext_openssh_rename(from, to, (error) => done(error, undefined)),
    )
    if (renamed !== "unsupported") return
    throw new Error("the server cannot replace a file in one step (posix-rename@openssh.com)")
  }

  async remove(path: string): Promise<void> {
    await this.#do((done) => this.#wrapper.unlink(path, done))
  }

  /** Bytes that this user may still write to a directory's file system; undefined where the server does not say. */
  async freeBytes(path: string): Promise<number | undefined> {
    type Space = { readonly f_bavail: number; readonly f_frsize: number }
    const space = await this.#extension<Space>((done) =>
      this.#wrapper.ext_openssh_statvfs(path, done),
    )
    return space === "unsupported" ? undefined : space.f_bavail * space.f_frsize
  }

  /** Ends the connection, whatever is under way. */
  end(): void {
    this.#connection.sock.destroy()
  }

  /** A file that cannot be closed has said so before, or its connection is gone. */
  async #close(handle: Buffer): Promise<void> {
    await this.#do((done) => this.#wrapper.close(handle, done)).catch(() => {})
  }

  /** ssh2 throws where a server does not have an extension. */
  async #extension<A>(start: (done: Done<A>) => void): Promise<A | "unsupported"> {
    let unsupported = false
    const answer = this.#ask<A>((done) => {
      try {
        start(done)
      } catch (error) {
        unsupported = true
        done(error as Error, undefined as A)
      }
    })
    try {
      return await answer
    } catch (error) {
      if (unsupported) return "unsupported"
      throw error
    }
  }

  #do(start: (done: (error?: Error | null) => void) => void): Promise<void> {
    return this.#ask<void>((done) => start((error) => done(error, undefined)))
  }

  #ask<A>(start: (done: Done<A>) => void): Promise<A> {
    return new Promise((resolve, reject) => {
      const lose = () => settle(new Error("the connection was closed"))
      const timer = setTimeout(() => {
        settle(new Error(`the server has not answered for ${answerSeconds} s`))
        this.end()
      }, answerSeconds * 1000)
      const settle = (error: Error) => {
        clearTimeout(timer)
        this.#waiting.delete(lose)
        reject(error)
      }
      if (this.#over) return lose()
      this.#waiting.add(lose)
      start((error, value) => {
        if (error) return settle(coded(error))
        clearTimeout(timer)
        this.#waiting.delete(lose)
        resolve(value)
      })
    })
  }
}

type Done<A> = (error: Error | null | undefined, value: A) => void

const factsOf = (stats: Stats): FileFacts => ({
  size: stats.size,
  modified: stats.mtime * 1000,
  read: stats.atime * 1000,
  isFile: stats.isFile(),
})

/** The numbers by which sftp tells errors (draft-ietf-secsh-filexfer-02, 7), as Node names them. */
const codes: Readonly<Record<number, readonly [code: string, message: string]>> = {
  2: ["ENOENT", "no such file or directory"],
  3: ["EACCES", "permission denied"],
}

const coded = (error: Error): Error => {
  const [code, message] = ("code" in error && codes[Number(error.code)]) || []
  return code === undefined ? error : Object.assign(new Error(message, { cause: error }), { code })
}
