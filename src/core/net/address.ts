import { isIPv6 } from "node:net"
import { networkInterfaces } from "node:os"

/** An address as people write it: a socket of both families shows IPv4 peers as `::ffff:10.0.0.7`. */
export const plainAddress = (address: string): string =>
  address.toLowerCase().replace(/^::ffff:(?=[\d.]+$)/, "")

/** `http://10.0.2.2:8000`; without the port where it is the scheme's own. */
export const serverUrl = (scheme: "http" | "tftp", address: string, port: number): string => {
  const host = isIPv6(address) ? `[${address}]` : address
  const usual = port === (scheme === "http" ? 80 : 69)
  return `${scheme}://${host}${usual ? "" : `:${port}`}`
}

/** This machine's first IPv4 address that others can reach; 127.0.0.1 if it is on no network. */
export const firstAddress = (): string =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1"
