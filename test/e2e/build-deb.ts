import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { execa } from "execa"

/** Builds a Debian package of what is in the directory of its name, nothing perhaps; answers its URL. */
export const buildDeb = async (directory: string, name: string, depends = ""): Promise<string> => {
  const tree = join(directory, name)
  await mkdir(join(tree, "DEBIAN"), { recursive: true })
  const control = {
    Package: name,
    Version: "1",
    Architecture: "all",
    Maintainer: "the tests <tests@localhost>",
    ...(depends && { Depends: depends }),
    Description: "a package of the tests",
  }
  const lines = Object.entries(control).map(([field, value]) => `${field}: ${value}\n`)
  await writeFile(join(tree, "DEBIAN/control"), lines.join(""))
  await execa("dpkg-deb", ["--root-owner-group", "--build", tree])
  return `file://${tree}.deb`
}
