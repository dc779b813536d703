# QEMU's own ARM board: sourced by uboot.sh.
defconfig=qemu_arm_defconfig
firmware=u-boot.bin
