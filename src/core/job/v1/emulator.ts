/** A machine that QEMU is, by the name of its device type in LAVA's first format. */
export interface Emulator {
  /** `context.arch`, by LAVA's names. */
  readonly arch: string
  /** The console that its kernel is told. */
  readonly console: string
}

const architectures: ReadonlyArray<readonly [pattern: RegExp, emulator: Emulator]> = [
  [/aarch64|arm64/, { arch: "arm64", console: "ttyAMA0" }],
  [/arm|aarch32|^qemu$/, { arch: "arm", console: "ttyAMA0" }],
  [/./, { arch: "amd64", console: "ttyS0" }],
]

/** The emulator that a device type is; undefined for hardware. LAVA's `qemu` was a BeagleBoard. */
export const emulatorOf = (deviceType: string | undefined): Emulator | undefined => {
  if (deviceType === undefined || !/^(qemu|kvm)([-_]|$)/.test(deviceType)) return undefined
  return architectures.find(([pattern]) => pattern.test(deviceType))?.[1]
}

/** Whether a device type is one of ARM's fast models. */
export const isFastModel = (deviceType: string | undefined): boolean =>
  deviceType !== undefined && /^(rtsm|fvp)([-_]|$)/.test(deviceType)
