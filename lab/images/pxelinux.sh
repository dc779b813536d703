#!/bin/sh
# pxelinux: the network boot loader and the one module that it cannot do without.
set -eu
. "$SCRIPTS/debian.sh"

debian_unpack amd64 "$TMPDIR/tree" pxelinux syslinux-common
cp "$TMPDIR/tree/usr/lib/PXELINUX/pxelinux.0" "$TMPDIR/tree/usr/lib/syslinux/modules/bios/ldlinux.c32" "$OUT/"
