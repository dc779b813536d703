import { expect, it } from "vitest"
import { makeFilesystem } from "../../../src/actions/deploy/prepare-disk.ts"

it.each([
  ["ext4", "mkfs.ext4 -q -F /dev/sda1"],
  ["xfs", "mkfs.xfs -q -f /dev/sda1"],
  ["btrfs", "mkfs.btrfs -q -f /dev/sda1"],
])("makes %s, whatever was on the partition", (kind, command) => {
  expect(makeFilesystem(kind, "/dev/sda1")).toBe(command)
})
