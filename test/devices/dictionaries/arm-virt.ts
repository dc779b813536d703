import { readFileSync } from "node:fs"
import { join } from "node:path"
import { stringify } from "yaml"

/** The dictionary arm-virt.yaml of a device that is reached by these commands. */
export const armVirtDictionary = (commands: object): string =>
  stringify({ commands }) + readFileSync(join(import.meta.dirname, "arm-virt.yaml"), "utf8")
