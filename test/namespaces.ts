import { spawnSync } from "node:child_process"

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
