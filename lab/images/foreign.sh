# Running programs of another architecture, which building a root file system needs.
# Sourced by the image scripts.

# with_foreign ARCH COMMAND...: run COMMAND as root, or as what looks like root, where the programs of ARCH run.
# Tried in turn: the machine runs them already; a user namespace with a binfmt_misc of its own (Linux 6.7 and
# later), which leaves the machine as it is; the machine's own binfmt_misc, when root.
with_foreign() {
  foreign=$1
  shift
  if [ "$foreign" = "$(dpkg --print-architecture)" ] || arch-test "$foreign" >/dev/null 2>&1; then
    in_user_namespace "$@"
  elif in_user_namespace sh -c "$mount_binfmt"; then
    in_user_namespace sh -c "$mount_binfmt"' && exec "$@"' sh "$@"
  elif [ "$(id -u)" = 0 ] && sh -c "$mount_binfmt"; then
    in_user_namespace "$@"
  else
    echo "this machine cannot run $foreign programs: install qemu-user-static and binfmt-support, or use Linux 6.7 or later" >&2
    return 1
  fi
}

mount_binfmt='mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc 2>/dev/null
  cat /usr/lib/binfmt.d/qemu-arm.conf >/proc/sys/fs/binfmt_misc/register'

# in_user_namespace COMMAND...: with all user ids of its own, so that root in it owns what it unpacks.
in_user_namespace() {
  if [ "$(id -u)" != 0 ]; then
    unshare --user --mount --map-root-user --map-auto -- "$@"
    return
  fi
  unshare --user --mount sleep infinity &
  holder=$!
  while [ "$(readlink /proc/$holder/ns/user)" = "$(readlink /proc/$$/ns/user)" ]; do sleep 0.01; done
  echo '0 0 65536' >/proc/$holder/uid_map
  echo '0 0 65536' >/proc/$holder/gid_map
  status=0
  nsenter --target $holder --user --mount -- "$@" || status=$?
  kill $holder
  return $status
}
