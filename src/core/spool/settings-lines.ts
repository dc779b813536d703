/**
 * Files of the spool that both sides read: a setting a line, a name and its value. A shell reads them with
 * `while read -r name value`.
 */
export type SettingsLines = ReadonlyMap<string, string>

/** Reads settings; of a name that is there twice, the last one. */
export const parseSettings = (text: string): SettingsLines =>
  new Map(
    text.split("\n").flatMap((line) => {
      const [, name, value = ""] = /^(\w+)(?: (.*))?$/.exec(line.trimEnd()) ?? []
      return name === undefined ? [] : [[name, value] as const]
    }),
  )

/** Writes settings; a value is one line, whatever it was. */
export const showSettings = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name} ${value.replaceAll(/\s+/g, " ").trim()}\n`)
    .join("")
