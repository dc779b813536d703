#!/bin/sh
# sut-ARCH: the disk of a machine that boots by itself: Debian's GRUB, and installed-ARCH with rsync, ssh and curl. It
# runs lab-dispatch-client again and again, where that was put on it.
set -eu
. "$SCRIPTS/debian.sh"
. "$SCRIPTS/programs.sh"
. "$SCRIPTS/foreign.sh"
. "$SCRIPTS/$ARCH.conf"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree root=$work/root
merged_usr "$tree"
debian_unpack "$ARCH" "$tree" rsync openssh-client curl dash grub-common grub-pc-bin grub2-common
mkdir "$root"
export tree root SCRIPTS ARCH SMALL_ROOT="$INSTALLED/installed-$ARCH.tar" disk="$work/disk.img"

# As root of a user namespace, so that the files belong to whom they should.
with_foreign "$ARCH" sh -eu -c '
  . "$SCRIPTS/programs.sh"
  tar -x -f "$SMALL_ROOT" -C "$root"
  for program in rsync ssh curl; do rm -f "$root/usr/bin/$program"; done
  add_program usr/bin/rsync usr/bin/ssh usr/bin/curl usr/bin/grub-editenv
  add_program usr/sbin/grub-reboot usr/sbin/grub-set-default
  mkdir -p "$root/usr/share/grub" "$root/boot/grub" "$root/root/.ssh"
  cp "$tree/usr/share/grub/grub-mkconfig_lib" "$root/usr/share/grub/"
  cp -r "$SCRIPTS/sut/." "$root/"
  cp "$root/etc/kernel/postinst.d/zz-grub-menu" "$root/etc/kernel/postrm.d/"
  cp "$root/etc/inittab" "$root/inittab"
  echo "::respawn:/usr/sbin/lab-dispatch-loop" >>"$root/inittab"
  mv "$root/inittab" "$root/etc/inittab"
  chroot "$root" /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin /etc/kernel/postinst.d/zz-grub-menu
  grub-editenv "$root/boot/grub/grubenv" create
  truncate -s 320M "$disk"
  mke2fs -q -t ext4 -L root -E offset=1048576,root_owner=0:0 -d "$root" "$disk" 318M
'
# GRUB in the gap before the first partition, as grub-install puts it there: boot.img looks for the rest at sector 1.
# The partition table: one for Linux (83), active, from sector 2048, of 318 MiB; then the signature.
printf '\200\376\377\377\203\376\377\377\0\010\0\0\0\360\011\0' |
  dd of="$disk" bs=1 seek=446 conv=notrunc status=none
printf '\125\252' | dd of="$disk" bs=1 seek=510 conv=notrunc status=none
grub=$tree/usr/lib/grub/i386-pc
printf 'set prefix=(hd0,msdos1)/boot/grub\nserial --unit=0 --speed=115200\nterminal_output serial\nconfigfile $prefix/grub.cfg\n' >"$work/first.cfg"
grub-mkimage -d "$grub" -O i386-pc -p "(hd0,msdos1)/boot/grub" -c "$work/first.cfg" -o "$work/core.img" \
  biosdisk part_msdos ext2 normal linux configfile loadenv test echo serial terminal reboot search sleep
dd if="$grub/boot.img" of="$disk" bs=440 count=1 conv=notrunc status=none
dd if="$work/core.img" of="$disk" bs=512 seek=1 conv=notrunc status=none
cp --sparse=always "$disk" "$OUT/disk.img"
