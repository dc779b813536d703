import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { delimiter, dirname, join } from "node:path"
import { execa } from "execa"
import { env, type Project } from "./install.ts"

/** A network with nobody else in it, as the ports of a guide may be in use; no process outlives it. */
const alone = [
  "unshare",
  "-Unpf",
  "--kill-child",
  "--map-current-user",
  "--keep-caps",
  "sh",
  "-c",
  'ip link set lo up && exec "$@"',
  "sh",
]

/**
 * Does what a guide says, in order: types what stands in its `sh` blocks, and writes the files whose names stand behind
 * the language of a block. Answers all that was said.
 *
 * Throws where a block does not succeed.
 */
export const follow = async (guide: string, project: Project): Promise<string> => {
  const blocks = guide.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)
  const home = join(project.directory, "cwd")
  let cwd = project.directory
  let said = ""
  for (const [, language, file, text = ""] of blocks) {
    if (file !== undefined) {
      mkdirSync(dirname(join(cwd, file)), { recursive: true })
      writeFileSync(join(cwd, file), text)
    } else if (language === "sh") {
      // As a terminal's shell: what is put into the background can be killed with all that it started.
      const bash = ["bash", "-emc", `${text}\npwd > "$0"`, home]
      const [program = "", ...words] = text.includes("--tcp") ? [...alone, ...bash] : bash
      const { all, exitCode } = await execa(program, words, {
        all: true,
        cwd,
        env: {
          PATH: [join(project.directory, "node_modules/.bin"), env.PATH].join(delimiter),
          npm_config_prefer_offline: "true",
          npm_config_audit: "false",
        },
        reject: false,
        stdin: "ignore",
        timeout: 120_000,
      })
      if (exitCode !== 0) throw new Error(`${exitCode} from\n${text}\n${all}`)
      cwd = readFileSync(home, "utf8").trim()
      said += all
    }
  }
  return said
}
