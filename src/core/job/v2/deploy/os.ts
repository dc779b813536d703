import * as z from "zod"
import { narrowerThan, noEffect } from "../../../source/support.ts"

/** `os` of a deploy: which of a test definition's lists of packages is meant for the system. */
export const os = z
  .enum(
    ["debian", "ubuntu", "fedora", "centos", "archlinux", "slackware", "apertis", "oe", "lede"],
    {
      error: narrowerThan(z.string()),
    },
  )
  .optional()
  .describe("The distribution on the device; Debian where nothing is said")

/** The keys that every deploy method of LAVA's may have. */
export const deployKeys = {
  os,
  authorize: noEffect(
    z.literal("ssh"),
    "no key is put on the device: the lab file says how it is reached",
  ).describe("ssh: let other devices of the job log in"),
}
