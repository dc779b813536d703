#!/bin/sh
# small-ARCH: a small root file system for fast tests. Debian's own dpkg and initramfs-tools, so that a kernel
# package installs in it as in any Debian, and busybox for all else: init, getty, login, DHCP, shell.
set -eu
. "$SCRIPTS/debian.sh"
. "$SCRIPTS/programs.sh"
. "$SCRIPTS/$ARCH.conf"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree root=$work/root
merged_usr "$tree" "$root"
# shellcheck disable=SC2086
debian_unpack "$ARCH" "$tree" dpkg dash busybox-static initramfs-tools findutils util-linux libc-bin $small_packages

# Dpkg knows all packages as installed, so that dependencies are met; of most of them some files are enough.
# Starting a dynamic program costs the emulated board three times what busybox-static costs, and
# initramfs-tools starts hundreds: what busybox does as well is left to it.
mkdir -p "$root/var/lib/dpkg"
cp -r "$tree/var/lib/dpkg/." "$root/var/lib/dpkg/"
# shellcheck disable=SC2086
add_package dpkg dash busybox-static debianutils initramfs-tools initramfs-tools-core klibc-utils libklibc \
  kmod linux-base findutils cpio $small_packages
# Busybox's env, nice and the like would run busybox's own dpkg rather than Debian's.
for program in blkid chroot cp env ldconfig ln mv nice nohup realpath tar timeout tsort; do
  add_program "$(cd "$tree" && find usr/bin usr/sbin -name $program)"
done
add_loader usr/bin/dpkg
# Debian's ldd is a bash script, and there is no bash.
install -m 755 "$SCRIPTS/small/ldd" "$root/usr/bin/ldd"

cd "$root"
# Every program of klibc is copied into every initrd; these are not used in it.
(cd usr/lib/klibc/bin && rm chroot cpio dd false gunzip halt ipconfig kinit losetup minips mkfifo nfsmount \
  nuke pivot_root poweroff resume zcat)
for applet in $($run_foreign usr/bin/busybox --list); do
  [ -e "usr/bin/$applet" ] || [ -e "usr/sbin/$applet" ] || ln -s busybox "usr/bin/$applet"
done
ln -s ../bin/busybox usr/sbin/init
for directory in boot dev etc/init.d mnt proc root run sys tmp var/log var/tmp; do mkdir -p "$directory"; done
chmod 1777 tmp var/tmp
cp -r "$SCRIPTS/small/etc" .
sed -i "s/@CONSOLE@/$console/g" etc/inittab
chmod 600 etc/shadow
ln -s /proc/mounts etc/mtab
printf '%s\n' $net_modules >etc/modules
printf '%s\n' $disk_modules >etc/initramfs-tools/modules
: >etc/ld.so.conf

tar --sort=name --numeric-owner --owner=0 --group=0 -cf "$OUT/small-$ARCH.tar" .
