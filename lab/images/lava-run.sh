#!/bin/sh
# lava-run: LAVA's own dispatcher as Debian has it, unpacked: /usr/bin/lava-run and its Python packages. Its package
# would bring services, apache and libguestfs. What it imports beside is among the packages of the tests.
set -eu
. "$SCRIPTS/debian.sh"

tree=$TMPDIR/tree
for package in lava-common lava-dispatcher lava-dispatcher-host; do
  debian_fetch amd64 "$package" "$TMPDIR/$package.deb"
  dpkg-deb -x "$TMPDIR/$package.deb" "$tree"
done
modules=usr/lib/python3/dist-packages
# A stand-in that can do nothing: it is imported by all, and used where an image for QEMU gets the tests put into it.
: >"$tree/$modules/guestfs.py"
/usr/bin/python3 -m compileall -q -j 2 "$tree/$modules"
tar -c -f "$OUT/lava-run.tar" -C "$tree" usr/bin "$modules"
