#!/bin/sh
# disk-BOARD: the start of a disk with the master image in its first partition, which U-Boot boots by itself
# (extlinux.conf), and two partitions for tests: 64 MB to boot from, the rest for a root file system. What is BOARD's own
# is in disk/BOARD.conf: disk_size; text_address, where its kernel wants to be loaded; dtb, its device tree, if it needs one.
set -eu
. "$SCRIPTS/disk/${NAME#disk-}.conf"

disk=$OUT/disk.img
master=$TMPDIR/master
mkdir -p "$master/extlinux"
"$NODE" "$SCRIPTS/uimage.ts" "$MASTER/zImage" "$text_address" "$master/uImage"
cp "$MASTER/initrd.gz" "$master/"
{
  echo "default master"
  echo "label master"
  echo "kernel /uImage"
  echo "initrd /initrd.gz"
  [ -z "$dtb" ] || echo "fdt /$dtb"
  echo "append console=ttyAMA0,115200 quiet cryptomgr.notests norandmaps"
} >"$master/extlinux/extlinux.conf"
[ -z "$dtb" ] || cp "$MASTER/$dtb" "$master/"

truncate -s "$disk_size" "$disk"
printf '%s\n' 'label: dos' 'start=1MiB, size=63MiB, type=83, bootable' 'size=64MiB, type=83' 'type=83' | sfdisk -q "$disk"
# The partitions for tests are empty, and the file needs no room for them.
truncate -s 64M "$disk"
mke2fs -q -F -t ext4 -L master -E offset=1048576 -d "$master" "$disk" 63M
