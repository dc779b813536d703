# Calxeda Highbank: sourced by uboot.sh.
defconfig=highbank_defconfig
firmware=u-boot

patch_source() {
  board=board/highbank/highbank.c
  # QEMU reports the power domain of the SATA controller as off, and U-Boot would hide the disk from Linux.
  sed -i 's/if (reg & PWRDOM_STAT_SATA)/if (1)/; s/if (!(reg & PWRDOM_STAT_SATA))/if (0)/' $board
  cp "$SCRIPTS/uboot/rng-seed.h" board/highbank/
  sed -i -e '/^int ft_board_setup/i #include "rng-seed.h"' \
    -e '/^int ft_board_setup/,/^}/s/\treturn 0;/\tlab_rng_seed(fdt);\n\treturn 0;/' $board
  grep -q lab_rng_seed $board
}

# The device tree that the board's management engine would give U-Boot: Linux's own, with the memory that there is.
make_files() {
  arm-linux-gnueabihf-strip "$OUT/u-boot"
  dpkg-deb -x "$KERNEL/kernel-$ARCH.deb" "$TMPDIR/kernel"
  cp "$TMPDIR"/kernel/usr/lib/linux-image-*/highbank.dtb "$OUT/board.dtb"
  fdtput -t x "$OUT/board.dtb" /memory@0 reg 0 40000000
}
