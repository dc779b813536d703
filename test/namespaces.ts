import { spawnSync } from "node:child_process"
import { accessSync, constants } from "node:fs"

const works = (command: string, ...words: ReadonlyArray<string>): boolean =>
  spawnSync(command, words, { env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` } })
    .status === 0

const noSegments = ((): string | undefined => {
  if (!works("unshare", "--net", "true") && !works("unshare", "-Urn", "true")) {
    return "this machine lets nobody make a network namespace"
  }
  if (!works("unshare", "-Urn", "ip", "link", "add", "br0", "type", "bridge")) {
    if (!works("unshare", "--net", "ip", "link", "add", "br0", "type", "bridge")) {
      return "this machine's kernel makes no bridges"
    }
  }
  return works("dnsmasq", "--version") ? undefined : "there is no dnsmasq"
})()

/** For the name of a test that needs a network segment: why it is skipped, where it is. */
export const skipped = noSegments === undefined ? "" : ` (skipped: ${noSegments})`

/** The same for a test that needs the emulated machines on a segment, too. */
export const withoutTaps = ((): string => {
  if (skipped !== "") return skipped
  try {
    accessSync("/dev/net/tun", constants.R_OK | constants.W_OK)
    return ""
  } catch {
    return " (skipped: this user may make no taps: /dev/net/tun cannot be opened)"
  }
})()
