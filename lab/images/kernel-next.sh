#!/bin/sh
# kernel-next-ARCH: kernel packages of another release than the one that the small root file system has installed, cut
# as kernel-small-ARCH is, to be tried on a machine that runs the other.
set -eu
. "$SCRIPTS/debian.sh"

kernel_next=linux-image-$ARCH

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/cut"
debian_fetch "$ARCH" "$(debian_versioned "$ARCH" "$kernel_next")" "$work/kernel-$ARCH.deb"
KERNEL=$work OUT=$work/cut sh "$SCRIPTS/kernel-small.sh"
for kind in small panic; do
  mv "$work/cut/kernel-$kind-$ARCH.deb" "$OUT/kernel-next-$kind-$ARCH.deb"
done
