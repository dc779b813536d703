#!/bin/sh
# uboot-highbank: U-Boot for Calxeda Highbank from Debian's source package, and the device tree that the board's
# management engine would give it: Linux's own, with the memory that there is.
set -eu
. "$SCRIPTS/debian.sh"

cd "$TMPDIR"
debian_apt amd64 apt-get -qq source --download-only u-boot
dpkg-source --no-check -x u-boot_*.dsc source
cd source
board=board/highbank/highbank.c
# QEMU reports the power domain of the SATA controller as off, and U-Boot would hide the disk from Linux.
sed -i 's/if (reg & PWRDOM_STAT_SATA)/if (1)/; s/if (!(reg & PWRDOM_STAT_SATA))/if (0)/' $board
cp "$SCRIPTS/uboot-highbank/rng-seed.h" board/highbank/
sed -i -e '/^int ft_board_setup/i #include "rng-seed.h"' \
  -e '/^int ft_board_setup/,/^}/s/\treturn 0;/\tlab_rng_seed(fdt);\n\treturn 0;/' $board
grep -q lab_rng_seed $board

# The TFTP port in a variable, for a server that is not root's; kernels of up to 64 MB.
make -s highbank_defconfig
scripts/config --enable TFTP_PORT --set-val SYS_BOOTM_LEN 0x4000000
make -s olddefconfig
make -s -j"$(nproc)" CROSS_COMPILE=arm-linux-gnueabihf- KCFLAGS=-fno-stack-protector u-boot

cp u-boot "$OUT/u-boot"
arm-linux-gnueabihf-strip "$OUT/u-boot"
dpkg-deb -x "$KERNEL/kernel-$ARCH.deb" "$TMPDIR/kernel"
cp "$TMPDIR"/kernel/usr/lib/linux-image-*/highbank.dtb "$OUT/board.dtb"
fdtput -t x "$OUT/board.dtb" /memory@0 reg 0 40000000
