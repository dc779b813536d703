#!/bin/sh
# installed-ARCH: small-ARCH with kernel-small-ARCH installed in it, as a deploy would.
set -eu
. "$SCRIPTS/debian.sh"
. "$SCRIPTS/foreign.sh"

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
tar -x -f "$SMALL/small-$ARCH.tar" -C "$root"
cp "$KERNEL/kernel-small-$ARCH.deb" "$root/kernel.deb"
with_foreign "$ARCH" sh -eu -c '
  mount --rbind /dev "$1/dev"
  chroot "$1" /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin /usr/bin/dpkg -i /kernel.deb
' sh "$root"
rm "$root/kernel.deb"
tar --sort=name --numeric-owner --owner=0 --group=0 -cf "$OUT/installed-$ARCH.tar" -C "$root" .
