#!/bin/sh
# rootfs-ARCH: a Debian root file system with sysvinit, a getty on the serial console and DHCP.
set -eu
. "$SCRIPTS/debian.sh"
. "$SCRIPTS/foreign.sh"
. "$SCRIPTS/$ARCH.conf"

# usr-is-merged spares usrmerge and with it the whole of perl.
include=usr-is-merged,sysvinit-core,udev,initramfs-tools,linux-base,kmod,zstd,ifupdown,isc-dhcp-client,iproute2,iputils-ping
include=$include,netbase,wget,e2fsprogs,procps,$(echo "$rootfs_packages" | tr ' ' ,)
files=$SCRIPTS/rootfs
with_foreign "$ARCH" mmdebstrap --quiet --mode=root --variant=minbase --architectures="$ARCH" --include="${include%,}" \
  --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --skip=check/qemu,cleanup/reproducible \
  --dpkgopt='force-unsafe-io' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
  --dpkgopt='path-exclude=/usr/lib/udev/hwdb.d/*' --dpkgopt='path-exclude=/usr/lib/*/gconv/*' \
  --dpkgopt='path-exclude=/usr/share/zoneinfo/*/*' \
  --customize-hook="cp -r '$files/etc' \"\$1/\"" \
  --customize-hook="printf '%s\n' $disk_modules >>\"\$1/etc/initramfs-tools/modules\"" \
  --customize-hook="sed -i '/^[1-6]:/d' \"\$1/etc/inittab\"; echo 'T0:23:respawn:/sbin/getty -L $console 115200 vt100' >>\"\$1/etc/inittab\"" \
  --customize-hook='echo root:not-a-secret | chroot "$1" chpasswd' \
  "$suite" "$OUT/rootfs-$ARCH.tar" "deb [$signed_by] $(debian_mirror) $suite main"
gzip -k -6 "$OUT/rootfs-$ARCH.tar"
