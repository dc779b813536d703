import type { Step } from "./command.ts"

/**
 * A virtual machine that a board of the same job starts: LAVA's second format reaches it by ssh, once the tests of its
 * host have started it, and deploys nothing into it but tests.
 */
export const guestSystem = (files: Readonly<Record<string, unknown>>, step: Step): void => {
  const { translator, at } = step
  const { draft } = translator
  for (const key of ["kernel", "ramdisk", "dtb", "rootfs", "nfsrootfs", "image", "firmware"]) {
    if (files[key] === undefined) continue
    draft.lost(
      at(key),
      "is not kept: the tests of the host must fetch it, start the virtual machine with it, and tell its address by `lava-send ipv4 ipaddr=...`",
    )
  }
  draft.changed(step.path, "the virtual machine is reached by ssh once its host has started it")
  translator.deploy(
    step,
    { to: "ssh" },
    {
      method: {
        method: "ssh",
        connection: "ssh",
        parameters: { hostID: "ipv4", host_key: "ipaddr" },
      },
      running: true,
    },
  )
}
