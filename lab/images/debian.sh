# Debian packages of any architecture, fetched and unpacked without touching the machine's own apt:
# a private apt directory, the main suite only, signatures checked. Works without root.
# Sourced by the image scripts. Needs LAB_APT, a directory that the builds of one setup share.

suite=bookworm
signed_by=signed-by=/usr/share/keyrings/debian-archive-keyring.gpg

# debian_apt ARCH COMMAND...: run apt-get or apt-cache on ARCH's own private index, made at first use.
debian_apt() {
  apt_dir=$LAB_APT/$1
  mkdir -p "$apt_dir"
  (
    flock 9
    [ -e "$apt_dir/updated" ] || debian_index "$1" "$apt_dir"
  ) 9>"$apt_dir/lock"
  shift
  APT_CONFIG=$apt_dir/apt.conf "$@"
}

debian_index() {
  mkdir -p "$2/state/lists/partial" "$2/cache/archives/partial"
  : >"$2/state/status"
  for type in deb deb-src; do echo "$type [$signed_by] $(debian_mirror) $suite main"; done >"$2/sources.list"
  cat >"$2/apt.conf" <<CONF
APT::Architecture "$1";
APT::Architectures { "$1"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Debug::NoLocking "true";
Dir::Cache "$2/cache";
Dir::Etc::sourcelist "$2/sources.list";
Dir::Etc::sourceparts "-";
Dir::State "$2/state";
Dir::State::status "$2/state/status";
CONF
  APT_CONFIG=$2/apt.conf apt-get -qq update
  : >"$2/updated"
}

# The mirror that this machine uses for Debian, or the project's own.
debian_mirror() {
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' "Codename: $suite" | head -n 1)
  echo "${mirror:-http://deb.debian.org/debian}"
}

# debian_versioned ARCH METAPACKAGE: the package that a kernel's metapackage stands for today.
debian_versioned() {
  debian_apt "$1" apt-cache depends --important "$2" | sed -n 's/^ *Depends: //p' | head -n 1
}

# debian_fetch ARCH PACKAGE FILE: one package, as FILE.
debian_fetch() {
  fetch_dir=$(mktemp -d)
  (cd "$fetch_dir" && debian_apt "$1" apt-get -qq download "$2")
  mv "$fetch_dir"/*.deb "$3"
  rmdir "$fetch_dir"
}

# debian_unpack ARCH DIR PACKAGE...: the packages and all that they depend on, unpacked into DIR and
# written down there as installed. Maintainer scripts do not run.
debian_unpack() {
  unpack_arch=$1 unpack_dir=$2 archives=$(mktemp -d)
  shift 2
  debian_apt "$unpack_arch" apt-get -qq -y --no-install-recommends --download-only \
    -o Dir::Cache::archives="$archives" install "$@" >/dev/null
  mkdir -p "$unpack_dir/var/lib/dpkg/info" "$unpack_dir/var/lib/dpkg/updates"
  for deb in "$archives"/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$unpack_dir"
    package=$(dpkg-deb -f "$deb" Package)
    [ "$(dpkg-deb -f "$deb" Multi-Arch)" = same ] && package=$package:$unpack_arch
    dpkg-deb --fsys-tarfile "$deb" | tar -t | sed 's/^\.//; s/\/$//; s/^$/\/./' >"$unpack_dir/var/lib/dpkg/info/$package.list"
    dpkg-deb -f "$deb" | sed '/^Package:/a Status: install ok installed' >>"$unpack_dir/var/lib/dpkg/status"
    echo >>"$unpack_dir/var/lib/dpkg/status"
  done
  rm -rf "$archives"
}
