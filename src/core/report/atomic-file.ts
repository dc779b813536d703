import { rename, rm, writeFile } from "node:fs/promises"

/** Writes a file so that a reader sees all of it or what was there before. Rejects as node:fs does. */
export const writeAtomically = async (path: string, text: string): Promise<void> => {
  const draft = `${path}.${process.pid}.part`
  try {
    await writeFile(draft, text)
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
