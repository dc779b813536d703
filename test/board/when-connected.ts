/**
 * A power command of a scripted board that first waits until somebody has reached the board's console on this TCP port:
 * the board does not wait, and what it says before is lost.
 *
 * @param command `bash -c SCRIPT`, as `deviceEntry` gives it
 */
export const whenConnected = (
  port: number,
  [shell = "", option = "", script = ""]: ReadonlyArray<string>,
): ReadonlyArray<string> => {
  // proc_net(5): a connection that is established, 01, of this port of 127.0.0.1.
  const connection = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")} [^ ]* 01 `
  return [
    shell,
    option,
    `until grep -q '${connection}' /proc/net/tcp; do sleep 0.05; done; ${script}`,
  ]
}
