# QEMU's own ARM board: sourced by uboot.sh.
defconfig=qemu_arm_defconfig
firmware=u-boot.bin

# The device tree that QEMU gives the board.
make_files() {
  qemu-system-arm -M virt,dumpdtb="$OUT/arm-virt.dtb" -cpu cortex-a15 -m 1024 2>/dev/null
}
