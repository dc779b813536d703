import type { Draft, Path } from "../dialect/draft.ts"
import { fileAt } from "../dialect/file-url.ts"

/** A file that QEMU gets, and the argument that gives it. */
interface Image {
  readonly path: Path
  readonly url: string
  readonly argument: string
}

/** `deploy` to a temporary directory, for QEMU: its images by their names. */
export const emulatedDeploy = (
  draft: Draft,
  path: Path,
  images: Readonly<Record<string, Image | undefined>>,
): object => ({
  to: "tmpfs",
  images: draft.from(
    path,
    Object.fromEntries(
      Object.entries(images).flatMap(([name, image]) =>
        image
          ? [[name, fileAt(draft, image.path, image.url, { image_arg: image.argument })] as const]
          : [],
      ),
    ),
  ),
})

/** How QEMU's images are booted. */
export const emulatedBoot = { method: "qemu", media: "tmpfs" } as const

/** The argument of a disk: its file, in QEMU's own format where its name says so. */
export const diskArgument = (name: string, url: string): string =>
  `-drive format=${/\.qcow2?\b/.test(url) ? "qcow2" : "raw"},file={${name}}`
