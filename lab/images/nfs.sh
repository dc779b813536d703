#!/bin/sh
# nfs-ARCH: the master image's initrd with another first process, which mounts the root file system that nfsroot= on
# the kernel's command line names, as the kernel's own (Documentation/admin-guide/nfs/nfsroot.rst), and starts it.
set -eu
. "$SCRIPTS/debian.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root kernel=$work/kernel
mkdir "$root" "$kernel"
gzip -dc "$MASTER/initrd.gz" | (cd "$root" && cpio --quiet -idm)
dpkg-deb -x "$KERNEL/kernel-$ARCH.deb" "$kernel"
release=$(basename "$kernel"/lib/modules/*)
depmod -b "$kernel" "$release"
modprobe -d "$kernel" -S "$release" --show-depends nfsv4 | awk '$1 == "insmod" { print $2 }' | while read -r file; do
  install -m 644 "$file" "$root/lib/modules/$release/"
done
depmod -b "$root" "$release"
install "$SCRIPTS/nfs/init" "$root/init"
(cd "$root" && find . | sort | cpio --quiet -o -H newc -R 0:0) | gzip -6 >"$OUT/initrd.gz"
