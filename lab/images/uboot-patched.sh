#!/bin/sh
# uboot-patched: the lab's U-Boots, which say that they are of another version: what a job may bring as its own firmware.
set -eu

patch_version() { # FROM TO
  LC_ALL=C sed 's/U-Boot 2023\.01/U-Boot 2099.01/g' "$1" > "$2"
  ! cmp -s "$1" "$2"
}

patch_version "$HIGHBANK/u-boot" "$OUT/highbank"
patch_version "$ARM_VIRT/u-boot.bin" "$OUT/arm-virt.bin"
