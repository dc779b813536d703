#!/bin/sh
# kernel-ARCH: Debian's own kernel package.
set -eu
. "$SCRIPTS/debian.sh"
. "$SCRIPTS/$ARCH.conf"
debian_fetch "$ARCH" "$(debian_versioned "$ARCH" "$kernel")" "$OUT/kernel-$ARCH.deb"
