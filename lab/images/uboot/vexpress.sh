# ARM's Versatile Express with a Cortex-A9 tile: sourced by uboot.sh.
defconfig=vexpress_ca9x4_defconfig
firmware=u-boot

options="--enable OF_BOARD_SETUP"

# It knows where to put a kernel and a device tree, but no place for what else a system on the SD card consists of.
patch_source() {
  variables=include/configs/vexpress_common.h
  sed -i '/"fdt_addr_r=/a "ramdisk_addr_r=0x64000000\\0scriptaddr=0x63000000\\0pxefile_addr_r=0x63100000\\0" \\' $variables
  grep -q ramdisk_addr_r= $variables
  cp "$SCRIPTS/uboot/rng-seed.h" board/armltd/vexpress/
  {
    echo '#include <time.h>'
    echo '#include <linux/libfdt.h>'
    echo '#include "rng-seed.h"'
    echo 'int ft_board_setup(void *fdt, struct bd_info *bd) { lab_rng_seed(fdt); return 0; }'
  } >>board/armltd/vexpress/vexpress_common.c
}

make_files() { arm-linux-gnueabihf-strip "$OUT/u-boot"; }
