/**
 * A shell script that runs `fetch`, hands what it writes to `consume`, and prints `sha256=<hex>` of all that
 * came: a transfer that was cut is told from one that was whole, though neither netcat nor a pipe tells
 * it. Its exit status is `consume`'s. What `consume` leaves unread is read to the end, since tar stops
 * at the archive's end mark. For any POSIX shell with mkfifo and sha256sum, busybox included.
 */
export const verified = (fetch: string, consume: string): string =>
  [
    "(f=/tmp/lab-sum.$$",
    "rm -f $f; mkfifo $f || exit 97",
    "sha256sum < $f > $f.out &",
    `${fetch} | tee $f | { ${consume}; s=$?; cat > /dev/null; exit $s; }; s=$?`,
    "wait",
    "echo sha256=$(cut -d ' ' -f 1 $f.out)",
    "rm -f $f $f.out",
    "exit $s)",
  ].join("\n")

/** The checksum that `verified` printed, if it came so far. */
export const checksumIn = (output: string): string | undefined =>
  /^sha256=([0-9a-f]{64})\s*$/m.exec(output)?.[1]
