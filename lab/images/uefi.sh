#!/bin/sh
# uefi: UEFI firmware for emulated PCs, and GRUB as a program that such firmware fetches over the network: it has
# no configuration and shows its prompt.
set -eu
. "$SCRIPTS/debian.sh"

tree=$TMPDIR/tree
debian_unpack amd64 "$tree" ovmf grub-efi-amd64-bin grub-common
cp "$tree/usr/share/OVMF/OVMF_CODE_4M.fd" "$tree/usr/share/OVMF/OVMF_VARS_4M.fd" "$OUT/"
LD_LIBRARY_PATH=$tree/lib/x86_64-linux-gnu:$tree/usr/lib/x86_64-linux-gnu "$tree/usr/bin/grub-mkimage" \
  --directory "$tree/usr/lib/grub/x86_64-efi" --format x86_64-efi --prefix '' --output "$OUT/grubx64.efi" \
  normal linux boot efinet net http tftp echo serial terminal
