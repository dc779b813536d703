import * as Effect from "effect/Effect"
import type { LocalArtifact } from "../../core/artifacts/artifact.ts"
import type { CommandLine } from "../../core/console/command-line.ts"
import type { Blocks } from "../../core/job/v2/job.ts"
import type { Device } from "../../core/lab/device.ts"
import { noteFlashed } from "../../core/lab/flashed.ts"
import type { Flasher } from "../../core/lab/flasher.ts"
import { fillIn, fillInWords } from "../../core/lab/placeholders.ts"
import { Connection, CurrentJob, type JobServices } from "../../core/lab/services.ts"
import { type Action, action, sequence } from "../../core/pipeline/action.ts"
import { remainingSeconds } from "../../core/pipeline/deadline.ts"
import { ConfigurationError } from "../../core/pipeline/errors.ts"
import { dataKey, getData } from "../../core/pipeline/job-data.ts"
import { hostCommand } from "../../core/power/host-command.ts"
import { Power, whatSwitches } from "../../core/power/power.ts"
import { download } from "./download.ts"

type FlasherDeploy = Extract<Blocks["deploy"], { to: "flasher" }>

const Images = dataKey<ReadonlyArray<LocalArtifact>>("the images to flash")

/**
 * LAVA's deploy method `flasher`: commands of the lab file write the job's images to the device, which is off. Its
 * console is closed meanwhile, since the commands may need its line, or take it away.
 *
 * Throws ConfigurationError where the lab file has no such commands, or they are not for these images.
 */
export const flasherDeploy = ({ images }: FlasherDeploy, device: Device): Action<JobServices> => {
  const { commands, restore } = flasherOf(device)
  const names = Object.keys(images)
  imagesFit(names, commands, device)
  return sequence("flasher-deploy", `give ${device.name} the job's firmware`, [
    download("images", Object.values(images), Images),
    action({
      name: "flasher",
      description: "switch the device off and write the images by the lab's commands",
      details: commands.map((command) => `run ${command.join(" ")}`),
      run: Effect.gen(function* () {
        const local = yield* getData(Images)
        const paths = Object.fromEntries(
          names.map((name, index) => [placeholderOf(name), local[index]?.path]),
        )
        const { id, name } = yield* CurrentJob
        if (restore.length > 0) yield* noteFlashed(flasherOf(device), `${name} (${id})`)
        yield* (yield* Connection).close
        if (whatSwitches(device.power, "off")) yield* (yield* Power).off
        for (const command of commands) {
          yield* hostCommand(
            `write the job's firmware to ${device.name}`,
            fillInWords(command, paths),
            yield* remainingSeconds,
          )
        }
      }),
    }),
  ])
}

const flasherOf = ({ name, flasher }: Device): Flasher => {
  if (flasher) return flasher
  throw new ConfigurationError({
    message: `the lab file does not say how ${name} gets a firmware: give it a "flasher" section`,
    device: name,
  })
}

/** LAVA's: the image `u-boot` is {U_BOOT}. */
const placeholderOf = (image: string): string => image.toUpperCase().replaceAll("-", "_")

/** Each image has its command, and each command its image. */
const imagesFit = (
  images: ReadonlyArray<string>,
  commands: ReadonlyArray<CommandLine>,
  { name }: Device,
): void => {
  const refuse = (message: string) => {
    throw new ConfigurationError({ message, device: name })
  }
  const words = commands.flat()
  const unused = images.find(
    (image) => !words.some((word) => word.includes(`{${placeholderOf(image)}}`)),
  )
  if (unused !== undefined) {
    refuse(
      `no flasher command of ${name} takes the image "${unused}": none of them has {${placeholderOf(unused)}}`,
    )
  }
  const none = Object.fromEntries(images.map((image) => [placeholderOf(image), ""]))
  const open = words.find((word) => fillIn(word, none) === undefined)
  if (open !== undefined) {
    refuse(
      `the flasher commands of ${name} want "${open}", but the job's images are ${images.join(", ")}`,
    )
  }
}
