import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { ConfigurationError } from "../core/pipeline/errors.ts"

/** The options of `dispatch plugin new`. */
export interface PluginOptions {
  readonly dir?: string
}

const home = fileURLToPath(new URL("../..", import.meta.url))
const template = join(home, "templates/plugin")
/** The name in the template, in file names and in texts. */
const placeholder = "my-board"
/** Files that npm would take for its own have other names in the template. */
const renamed: Readonly<Record<string, string>> = {
  gitignore: ".gitignore",
  "package.template.json": "package.json",
}

/**
 * Makes a package of a plugin from the template; answers the exit code. Rejects with ConfigurationError where the name
 * is none for a package, or where there are files already.
 */
export const newPlugin = async (name: string, { dir = name }: PluginOptions): Promise<number> => {
  if (!/^[a-z][a-z0-9-]*$/.test(name)) {
    throw new ConfigurationError({
      message: `"${name}" is no name for a plugin: expected small letters, digits and -, as in my-board`,
    })
  }
  const there = await readdir(dir).catch(ifMissing)
  if (there.length > 0) {
    throw new ConfigurationError({
      message: `${dir} has files already: give another directory by --dir`,
    })
  }
  const entries = await readdir(template, { recursive: true, withFileTypes: true })
  for (const entry of entries.filter((each) => each.isFile())) {
    const source = join(entry.parentPath, entry.name)
    const own = source.slice(template.length + 1)
    const path = renamed[own] ?? own.replaceAll(placeholder, name)
    const target = join(dir, path)
    const text = (await readFile(source, "utf8")).replaceAll(placeholder, name)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, path === "package.json" ? await withVersions(text) : text)
  }
  process.stdout.write(`${dir} is made. Next:\n  cd ${dir}\n  npm install\n  npm test\n`)
  return 0
}

const ifMissing = (error: NodeJS.ErrnoException): Array<string> => {
  if (error.code === "ENOENT") return []
  throw new ConfigurationError({ message: error.message, cause: error })
}

/** The package needs a lab-dispatch of this version, and is developed with this very one. */
const withVersions = async (text: string): Promise<string> => {
  const { version } = JSON.parse(await readFile(join(home, "package.json"), "utf8")) as {
    readonly version: string
  }
  const manifest = JSON.parse(text) as Record<"devDependencies" | "peerDependencies", object>
  manifest.devDependencies = { ...manifest.devDependencies, "lab-dispatch": `file:${home}` }
  manifest.peerDependencies = { ...manifest.peerDependencies, "lab-dispatch": `^${version}` }
  return `${JSON.stringify(manifest, null, 2)}\n`
}
