import * as z from "zod"

/** `os` of a deploy: which of a test definition's lists of packages is meant for the system. */
export const os = z
  .enum(["debian", "ubuntu", "fedora", "centos", "archlinux", "slackware", "apertis", "oe", "lede"])
  .optional()
  .describe("The distribution on the device; Debian where nothing is said")
