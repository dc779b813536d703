import type { BootLoaders, LoaderSettings } from "../../actions/boot/boot-loader.ts"
import { isMapping } from "../../core/job/rule.ts"
import type { DictionaryParameters, LoaderMethod } from "../../core/lab/dictionary.ts"

/** The boot loaders that a dictionary describes, as the actions that type to them take them. */
export const bootLoadersOf = (parameters: DictionaryParameters): BootLoaders => ({
  u_boot: loaderOf("u-boot", parameters),
  grub: loaderOf("grub", parameters),
})

/** Boot loaders of dictionaries, by the names of their methods. */
export type LoaderName = "u-boot" | "grub"

const loaderOf = (
  name: LoaderName,
  { actions, constants }: DictionaryParameters,
): LoaderSettings | undefined => {
  const method = actions?.boot?.methods?.[name]
  const own = method?.parameters
  if (!method || own?.bootloader_prompt === undefined) return undefined
  const usual = constants?.[name]
  const settings = { prompt: promptOf(own.bootloader_prompt), commands: commandLists(method) }
  if (own.needs_interrupt === false) return settings
  const controls = own.interrupt_ctrl_list?.length
    ? own.interrupt_ctrl_list
    : (usual?.interrupt_ctrl_list ?? [])
  const keys = own.interrupt_char ?? usual?.["interrupt-character"] ?? ""
  const enter = (usual?.["interrupt-newline"] ?? true) ? "\r" : ""
  return {
    ...settings,
    interrupt_prompt: own.interrupt_prompt ?? usual?.["interrupt-prompt"],
    interrupt_keys: controls.length > 0 ? controls.map(controlKey).join("") : keys + enter,
  }
}

/** What Ctrl and a letter send. */
const controlKey = (letter: string): string =>
  String.fromCharCode(letter.toUpperCase().charCodeAt(0) & 0x1f)

/**
 * LAVA looks for a prompt anywhere: dictionaries name a part of it, as "U-Boot" of "U-Boot# ". It is taken where the line
 * goes no further, and where it is not the name in a banner.
 */
const promptOf = (part: string): RegExp =>
  new RegExp(String.raw`[^\n]{0,40}?(?:${part})(?! (?:[ST]PL )?20\d\d\.\d\d)[^\n]{0,12}$`)

const commandLists = (method: LoaderMethod): LoaderSettings["commands"] =>
  Object.fromEntries(
    Object.entries(method).flatMap(([name, list]) => {
      const commands = isMapping(list) ? list["commands"] : undefined
      return Array.isArray(commands) ? [[name, commands.map(String)]] : []
    }),
  )
