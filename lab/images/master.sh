#!/bin/sh
# master-ARCH: the master image, a kernel and an initrd that a board boots by PXE to be worked on:
# busybox, mkfs.ext2, mkfs.ext4, sfdisk, blkid, kexec, and on the console a shell with the prompt "master# ".
set -eu
. "$SCRIPTS/debian.sh"
. "$SCRIPTS/programs.sh"
. "$SCRIPTS/$ARCH.conf"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree root=$work/root kernel=$work/kernel
mkdir "$kernel"
merged_usr "$tree" "$root"
# shellcheck disable=SC2086
debian_unpack "$ARCH" "$tree" busybox-static coreutils e2fsprogs util-linux fdisk $master_packages
dpkg-deb -x "$KERNEL/kernel-$ARCH.deb" "$kernel"
release=$(basename "$kernel"/lib/modules/*)

cd "$root"
mkdir -p proc sys dev run tmp mnt root etc/udhcpc
# busybox-static starts three times as fast on the emulated board as one that loads libraries.
add_program usr/bin/busybox usr/bin/tee usr/sbin/mke2fs usr/sbin/blkid usr/sbin/sfdisk $master_programs
add_loader usr/sbin/mke2fs
ln -s mke2fs usr/sbin/mkfs.ext2
ln -s mke2fs usr/sbin/mkfs.ext4
for applet in $($run_foreign usr/bin/busybox --list); do
  [ -e "usr/bin/$applet" ] || [ -e "usr/sbin/$applet" ] || ln -s busybox "usr/bin/$applet"
done
# The kernel asks for modules by this name.
ln -s ../bin/modprobe usr/sbin/modprobe
cp "$tree/etc/mke2fs.conf" etc/
install "$SCRIPTS/master/udhcpc.sh" etc/udhcpc/default.script
install "$SCRIPTS/master/init" init
cp "$SCRIPTS/master/shell" etc/shell

depmod -b "$kernel" "$release"
mkdir -p "lib/modules/$release"
for module in $net_modules $disk_modules; do
  modprobe -d "$kernel" -S "$release" --show-depends "$module"
done | awk '$1 == "insmod" { print $2 }' | sort -u | while read -r file; do
  install -m 644 "$file" "lib/modules/$release/"
done
cp "$kernel/lib/modules/$release"/modules.builtin* "$kernel/lib/modules/$release/modules.order" "lib/modules/$release/"
depmod -b . "$release"
echo "$net_modules" >etc/modules-net
echo "$disk_modules" >etc/modules-disk

find . | sort | cpio --quiet -o -H newc -R 0:0 | gzip -6 >"$OUT/initrd.gz"
cp "$kernel/boot/vmlinuz-$release" "$OUT/$master_kernel"
[ -z "$text_address" ] || "$NODE" "$SCRIPTS/uimage.ts" "$OUT/zImage" "$text_address" "$OUT/uImage"
for dtb in $dtbs; do cp "$kernel/usr/lib/linux-image-$release/$dtb" "$OUT/"; done
