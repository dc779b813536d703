import type { SourceDocument } from "../../source/document.ts"
import type { Problem } from "../../source/problem.ts"
import type { Note, Path } from "./draft.ts"

/** What a job says of the device that it wants. */
export interface WantedDevice {
  readonly device?: string | undefined
  readonly device_type?: string | undefined
}

/** Answers the name of the plugin that drives a device; undefined where no lab is known that has it. */
export type PluginOf = (wanted: WantedDevice) => string | undefined

/** A job in LAVA's second format, made of one in another. */
export interface Translation {
  /** Where its parts stand in the old file. */
  readonly document: SourceDocument
  /** Where a mapping or list of the job comes from: its path in the old file. */
  readonly originOf: (part: object) => Path | undefined
  /** What was written otherwise, and what could not be kept. */
  readonly notes: ReadonlyArray<Note>
  /** Why the job cannot be used; the document is of no use then. */
  readonly problems: ReadonlyArray<Problem>
  /** Places of a template that are yet to be filled in. */
  readonly blanks: ReadonlyArray<Problem>
}

/** Makes a job in LAVA's second format of a document that is one in another. */
export type Translate = (document: SourceDocument, pluginOf: PluginOf) => Translation
