#!/bin/sh
# kernel-small-ARCH: three kernel packages cut from Debian's own, with the lab's modules and device trees only
# and not compressed, so that they install fast. The maintainer scripts are Debian's.
# "broken" has a postinst that fails; "panic" makes an initrd with which the kernel panics.
set -eu
. "$SCRIPTS/$ARCH.conf"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
full=$work/full small=$work/small
dpkg-deb -R "$KERNEL/kernel-$ARCH.deb" "$full"
release=$(basename "$full"/lib/modules/*)
package=$(sed -n 's/^Package: //p' "$full/DEBIAN/control")
depmod -b "$full" "$release"

mkdir -p "$small/boot" "$small/lib/modules/$release" "$small/DEBIAN"
cp "$full/boot/vmlinuz-$release" "$full/boot/config-$release" "$small/boot/"
for module in $net_modules $disk_modules; do
  modprobe -d "$full" -S "$release" --show-depends "$module"
done | awk '$1 == "insmod" { print $2 }' | sort -u | while read -r file; do
  install -D -m 644 "$file" "$small${file#"$full"}"
done
cp "$full/lib/modules/$release/modules.builtin" "$full/lib/modules/$release/modules.order" \
  "$small/lib/modules/$release/"
# What initramfs-tools looks through, line by line and for seconds, for firmware that built-in drivers want.
: >"$small/lib/modules/$release/modules.builtin.modinfo"
for dtb in $dtbs; do
  install -D -m 644 "$full/usr/lib/linux-image-$release/$dtb" "$small/usr/lib/linux-image-$release/$dtb"
done

# These are written in perl, which the small root file system does without: neither links to kernels in / nor a question
# before the one that runs is removed.
for script in preinst postinst prerm postrm; do
  sed 's/^\( *\)linux-\(update-symlinks\|check-removal\) .*/\1:/' "$full/DEBIAN/$script" >"$small/DEBIAN/$script"
  chmod 755 "$small/DEBIAN/$script"
done

# build NAME: pack what is in $small as a package of its own name.
build() {
  sed -e "s/^Package: .*/Package: $package-$1/" -e '/^Installed-Size/d' -e '/^\(Breaks\|Recommends\|Suggests\|Source\)/d' \
    "$full/DEBIAN/control" >"$small/DEBIAN/control"
  dpkg-deb -Znone --root-owner-group -b "$small" "$OUT/kernel-$1-$ARCH.deb" >/dev/null
}
build small

cp "$small/DEBIAN/postinst" "$work/postinst"
printf '#!/bin/sh\necho "This postinst fails on purpose." >&2\nexit 1\n' >"$small/DEBIAN/postinst"
build broken
cp "$work/postinst" "$small/DEBIAN/postinst"

# The hook is in place before the postinst makes the initrd; a first process that exits is a panic.
install -D -m 755 "$SCRIPTS/kernel-panic/hook" "$small/etc/initramfs-tools/hooks/panic"
build panic
