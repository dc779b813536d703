import { posix } from "node:path"
import type { Sftp } from "../ssh/sftp.ts"
import type { WritableStorage } from "./storage.ts"

/** A repository in a directory of another host, by sftp. */
export const sftpStorage = (sftp: Sftp, directory: string): WritableStorage => {
  const at = (name: string) => posix.join(directory, name)
  return {
    list: async () => (await sftp.list(directory)).filter(({ isFile }) => isFile),
    read: async function* (name, signal) {
      for await (const chunk of sftp.read(at(name))) {
        signal.throwIfAborted()
        yield chunk
      }
    },
    create: (name, content) => sftp.create(at(name), content),
    rename: (from, to) => sftp.rename(at(from), at(to)),
    remove: (name) => sftp.remove(at(name)),
    freeBytes: () => sftp.freeBytes(directory),
  }
}
