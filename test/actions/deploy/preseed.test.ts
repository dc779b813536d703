import { expect, it } from "vitest"
import { preseed } from "../../../src/actions/deploy/preseed.ts"

const wanted = {
  mirror: new URL("http://mirror.example:3142/debian/"),
  proxy: undefined,
  suite: undefined,
  hostname: "installed",
  rootPassword: "not-a-secret",
  disk: "/dev/vda",
  packages: [],
  kernelArguments: "console=ttyS0",
  answers: [],
}

it("answers where to install from, and where to", () => {
  const lines = preseed(wanted).split("\n")
  expect(lines).toEqual(
    expect.arrayContaining([
      "d-i mirror/protocol select http",
      "d-i mirror/http/hostname string mirror.example:3142",
      "d-i mirror/http/directory string /debian",
      "d-i mirror/http/proxy string",
      "d-i partman-auto/disk string /dev/vda",
      "d-i grub-installer/bootdev string /dev/vda",
      "d-i pkgsel/include string",
    ]),
  )
  expect(lines.join()).not.toContain("mirror/suite")
})

it("leaves the last word to the job's own answers", () => {
  const own = ["d-i time/zone string Europe/Berlin", "d-i clock-setup/utc boolean false"]
  const mirror = new URL("https://mirror.example")
  const text = preseed({
    ...wanted,
    mirror,
    proxy: "http://proxy:8080/",
    suite: "trixie",
    packages: ["strace", "gdb"],
    answers: own,
  })
  expect(text.trimEnd().split("\n").slice(-2)).toEqual(own)
  expect(text).toContain("mirror/https/hostname string mirror.example\n")
  expect(text).toContain("mirror/https/directory string /\n")
  expect(text).toContain("mirror/https/proxy string http://proxy:8080/\n")
  expect(text).toContain("mirror/suite string trixie\n")
  expect(text).toContain("pkgsel/include string strace gdb\n")
})
