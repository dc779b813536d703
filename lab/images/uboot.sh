#!/bin/sh
# uboot-BOARD: U-Boot from Debian's source package. What is BOARD's own is in uboot/BOARD.sh: defconfig, the name of the
# configuration; options, what scripts/config is to change in it; firmware, the file that QEMU starts; patch_source and
# make_files, where there is anything to do.
set -eu
. "$SCRIPTS/debian.sh"
options=
patch_source() { :; }
make_files() { :; }
. "$SCRIPTS/uboot/${NAME#uboot-}.sh"

cd "$TMPDIR"
debian_apt amd64 apt-get -qq source --download-only u-boot
dpkg-source --no-check -x u-boot_*.dsc source
cd source
patch_source

# The TFTP port in a variable, for a server that is not root's; kernels of up to 64 MB; a second to stop autoboot.
make -s "$defconfig"
# shellcheck disable=SC2086
scripts/config --enable TFTP_PORT --set-val SYS_BOOTM_LEN 0x4000000 --set-val BOOTDELAY 1 $options
make -s olddefconfig
make -s -j"$(nproc)" CROSS_COMPILE=arm-linux-gnueabihf- KCFLAGS=-fno-stack-protector "$firmware"

cp "$firmware" "$OUT/"
make_files
