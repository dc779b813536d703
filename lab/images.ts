/** What the lab can build, where it is kept, and whether it is there. */
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { cacheDirectory } from "./directory.ts"
import { LabError } from "./error.ts"

/** An image: one or more files that a script of images/ makes. */
export interface Image {
  /** The script, images/NAME.sh. */
  readonly script: string
  readonly arch: "armhf" | "amd64"
  /** Files and directories of images/ that it is built from, beside the script. */
  readonly sources: ReadonlyArray<string>
  /** Images that it is built from: environment variable of the script -> name. */
  readonly inputs: Readonly<Record<string, string>>
  /** QEMU's program whose version it is bound to. */
  readonly emulator?: string
  /** Large, and wanted by few: built only when it is asked for by name. */
  readonly onDemand?: true
}

/** Every image by its name, in the order in which they are built: what takes long comes first. */
export const images: Readonly<Record<string, Image>> = {
  ...ofArchitecture("armhf"),
  "uboot-highbank": image("uboot", "armhf", ["uboot/highbank.sh", "uboot/rng-seed.h"], {
    KERNEL: "kernel-armhf",
  }),
  "uboot-arm-virt": image("uboot", "armhf", ["uboot/arm-virt.sh"]),
  "nfs-armhf": image("nfs", "armhf", ["nfs"], { KERNEL: "kernel-armhf", MASTER: "master-armhf" }),
  "uboot-vexpress": image("uboot", "armhf", ["uboot/vexpress.sh", "uboot/rng-seed.h"]),
  "uboot-patched": image("uboot-patched", "armhf", [], {
    HIGHBANK: "uboot-highbank",
    ARM_VIRT: "uboot-arm-virt",
  }),
  "disk-arm-virt": diskImage("arm-virt"),
  "disk-vexpress": diskImage("vexpress"),
  ...ofArchitecture("amd64"),
  pxelinux: image("pxelinux", "amd64"),
  uefi: image("uefi", "amd64"),
  "vm-amd64": {
    ...image("vm", "amd64", ["foreign.sh", "programs.sh", "vm"], { INSTALLED: "installed-amd64" }),
    emulator: "qemu-system-x86_64",
  },
  "debian-installer-amd64": { ...image("debian-installer", "amd64"), onDemand: true },
  "kernel-next-amd64": image("kernel-next", "amd64", [
    "amd64.conf",
    "kernel-small.sh",
    "kernel-panic",
  ]),
  "lava-run": image("lava-run", "amd64"),
  "sut-amd64": image("sut", "amd64", ["amd64.conf", "programs.sh", "foreign.sh", "sut"], {
    INSTALLED: "installed-amd64",
  }),
}

function ofArchitecture(arch: Image["arch"]): Record<string, Image> {
  const kernel = { KERNEL: `kernel-${arch}` }
  const conf = `${arch}.conf`
  return {
    [`rootfs-${arch}`]: image("rootfs", arch, [conf, "foreign.sh", "rootfs"]),
    [`kernel-${arch}`]: image("kernel", arch, [conf]),
    [`master-${arch}`]: image("master", arch, [conf, "programs.sh", "master", "uimage.ts"], kernel),
    [`small-${arch}`]: image("small", arch, [conf, "programs.sh", "small"]),
    [`kernel-small-${arch}`]: image("kernel-small", arch, [conf, "kernel-panic"], kernel),
    [`installed-${arch}`]: image("installed", arch, ["foreign.sh"], {
      KERNEL: `kernel-small-${arch}`,
      SMALL: `small-${arch}`,
    }),
  }
}

function diskImage(board: string): Image {
  const sources = ["uimage.ts", `disk/${board}.conf`]
  return image("disk", "armhf", sources, { MASTER: "master-armhf" })
}

function image(
  script: string,
  arch: Image["arch"],
  sources: ReadonlyArray<string> = [],
  inputs: Record<string, string> = {},
): Image {
  return { script, arch, sources: ["debian.sh", ...sources], inputs }
}

/** The directory that holds images/: the scripts and what they put into images. */
export const scriptsDirectory = join(import.meta.dirname, "images")

/** What is asked for by name, or a {@link LabError} that says which images there are. */
export function imageNamed(name: string): Image {
  const found = images[name]
  if (found) return found
  throw new LabError(`there is no image "${name}"; there are ${Object.keys(images).join(", ")}`)
}

/** Where an image is or will be: a directory named by all that it is built from. */
export function imagePath(name: string): string {
  return join(cacheDirectory(), `${name}-${imageKey(name)}`)
}

/** Directory of an image that is built; {@link LabError} when it is not. */
export function imageDirectory(name: string): string {
  const path = imagePath(name)
  if (existsSync(path)) return path
  throw new LabError(`the image ${name} is not built: run lab setup --images ${name}`)
}

/** Files of the images that are built: "NAME/FILE" or, where the file is named after its image, "FILE" -> path. */
export function imageFiles(): Record<string, string> {
  const files: Record<string, string> = {}
  for (const name of Object.keys(images)) {
    const path = imagePath(name)
    if (!existsSync(path)) continue
    for (const file of readdirSync(path)) {
      if (!file.endsWith(".sha256")) files[publicName(name, file)] = join(path, file)
    }
  }
  return files
}

/**
 * The directory in which the files of all these images are found by their names. Checkouts whose scripts differ have
 * their own: neither gets the other's images.
 */
export function currentDirectory(): string {
  const hash = createHash("sha256")
  for (const name of Object.keys(images)) hash.update(`${name} ${imageKey(name)}\n`)
  return join(cacheDirectory(), `current-${hash.digest("hex").slice(0, 12)}`)
}

/** What a file of an image is called in the current directory and as a package. */
export function publicName(name: string, file: string): string {
  return namesFiles(name) ? file : `${name}/${file}`
}

/** Whether the image's files carry names that say what they are without the image's. */
function namesFiles(name: string): boolean {
  return /^(installed|kernel|kernel-next|kernel-small|rootfs|small)-/.test(name)
}

const keys = new Map<string, string>()

function imageKey(name: string): string {
  const known = keys.get(name)
  if (known !== undefined) return known
  const { script, arch, sources, inputs, emulator } = imageNamed(name)
  const hash = createHash("sha256").update(arch)
  if (emulator !== undefined) hash.update(spawnSync(emulator, ["--version"]).stdout ?? "")
  for (const source of [`${script}.sh`, ...sources]) {
    for (const file of filesOf(source)) {
      hash.update(`\0${file}\0${statSync(join(scriptsDirectory, file)).mode & 0o111}\0`)
      hash.update(readFileSync(join(scriptsDirectory, file)))
    }
  }
  for (const input of Object.values(inputs)) hash.update(`\0${imageKey(input)}`)
  const key = hash.digest("hex").slice(0, 12)
  keys.set(name, key)
  return key
}

/** A source file, or all files of a source directory, in an order that is always the same. */
function filesOf(source: string): ReadonlyArray<string> {
  const path = join(scriptsDirectory, source)
  if (!statSync(path).isDirectory()) return [source]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(source, entry.parentPath.slice(path.length), entry.name))
    .toSorted()
}
