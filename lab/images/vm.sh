#!/bin/sh
# vm-ARCH: a virtual machine, installed-ARCH on a disk with an ssh server and git, which was booted to its shell's
# prompt on the console and kept so in the snapshot "clean". A snapshot is for one version of QEMU and one machine.
set -eu
. "$SCRIPTS/debian.sh"
. "$SCRIPTS/programs.sh"
. "$SCRIPTS/foreign.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree root=$work/root
merged_usr "$tree"
debian_unpack "$ARCH" "$tree" dropbear-bin git
mkdir "$root"
tar -x -f "$INSTALLED/installed-$ARCH.tar" -C "$root"
add_package dropbear-bin git
add_loader usr/sbin/dropbear
cp -r "$SCRIPTS/vm/etc" "$root/"
echo '::respawn:/usr/sbin/dropbear -F -E' >>"$root/etc/inittab"
mkdir -p "$root/etc/dropbear" "$root/root/.ssh"
chmod 700 "$root/root" "$root/root/.ssh"

# As root of the system that is made: its keys, and a file system that belongs to root.
with_foreign "$ARCH" sh -eu -c '
  mount --rbind /dev "$1/dev"
  chroot "$1" /bin/sh -eu -c "
    export PATH=/usr/sbin:/usr/bin:/sbin:/bin
    dropbearkey -t ed25519 -f /etc/dropbear/dropbear_ed25519_host_key >/host
    dropbearkey -t ed25519 -f /key >/public
    /usr/lib/dropbear/dropbearconvert dropbear openssh /key /private 2>/dev/null
    grep ^ssh- /public >/root/.ssh/authorized_keys
    rm /key /public
  "
  chown -R 0:0 "$1/root" "$1/etc"
  umount -l "$1/dev"
  sed -n "s/^Fingerprint: //p" "$1/host" >"$2/host_key"
  mv "$1/private" "$2/id_ed25519"
  rm "$1/host"
  mke2fs -q -t ext4 -d "$1" "$3" 1G
' sh "$root" "$OUT" "$work/disk.img"

cp "$root"/boot/vmlinuz-* "$OUT/vmlinuz"
cp "$root"/boot/initrd.img-* "$OUT/initrd.img"
qemu-img convert -f raw -O qcow2 "$work/disk.img" "$OUT/disk.qcow2"
"$NODE" "$SCRIPTS/vm/snapshot.ts" "$OUT"
