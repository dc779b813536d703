import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

/** Builds what the package ships, into dist; answers the project's directory. */
export const build = (): string => {
  const compiler = join(root, "node_modules/typescript/bin/tsc")
  execFileSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], { cwd: root })
  return root
}
