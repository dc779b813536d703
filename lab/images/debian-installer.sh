#!/bin/sh
# debian-installer-ARCH: Debian's own installer for network boot.
set -eu
. "$SCRIPTS/debian.sh"

debian_fetch "$ARCH" "debian-installer-12-netboot-$ARCH" "$TMPDIR/installer.deb"
dpkg-deb -x "$TMPDIR/installer.deb" "$TMPDIR/tree"
cd "$TMPDIR/tree/usr/lib/debian-installer/images/12/$ARCH/text/debian-installer/$ARCH"
cp linux initrd.gz "$OUT/"
