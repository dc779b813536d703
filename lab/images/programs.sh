# Copying programs out of an unpacked tree of packages together with the libraries that they need.
# Sourced by the image scripts. Needs tree, where the packages are, and root, what is being built.

# merged_usr DIR...: make each an empty file system in which /bin, /sbin, /lib and /lib64 are links to /usr's.
merged_usr() {
  for directory; do
    mkdir -p "$directory/usr"
    for part in bin sbin lib lib64; do
      mkdir "$directory/usr/$part"
      ln -s "usr/$part" "$directory/$part"
    done
  done
}

# add_program PATH...: a program of the tree, by its path without the first slash.
add_program() {
  for program; do
    install -D "$tree/$program" "$root/$program"
    add_libraries "$tree/$program"
  done
}

add_libraries() {
  readelf -d "$1" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | while read -r library; do
    found=$(find "$tree/lib/" "$tree/usr/lib/" -name "$library" | head -n 1)
    copy=$root${found#"$tree"}
    [ -e "$copy" ] && continue
    install -D "$found" "$copy"
    add_libraries "$found"
  done
}

# add_loader PATH: the loader of the program, at the place that is written in the program.
add_loader() {
  loader=$(readelf -l "$tree/$1" | sed -n 's/.*interpreter: \/\(.*\)]/\1/p')
  [ -e "$root/$loader" ] || install -D "$tree/$loader" "$root/$loader"
}

# add_package PACKAGE...: all files of a package but its documentation, and the libraries that they need.
add_package() {
  for package; do
    cat "$tree/var/lib/dpkg/info/$package.list" "$tree/var/lib/dpkg/info/$package:$ARCH.list" 2>/dev/null || true
  done | grep -v '^/usr/share/\(doc\|man\|locale\|info\|lintian\|bug\|bash-completion\|perl5\|zsh\)/' |
    sort -u | while read -r path; do
    if [ -d "$tree$path" ]; then
      mkdir -p "$root$path"
      continue
    fi
    mkdir -p "$root${path%/*}"
    cp -P --preserve=mode "$tree$path" "$root$path"
    case $path in */bin/* | */sbin/*) [ -h "$tree$path" ] || add_libraries "$tree$path" ;; esac
  done
}
