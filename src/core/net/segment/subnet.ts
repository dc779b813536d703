/** An IPv4 network with one of its addresses, as "10.77.0.1/24" writes it (RFC 4632). */
export interface Subnet {
  /** "10.77.0.1/24" */
  readonly cidr: string
  readonly address: string
  /** The network's own address: "10.77.0.0". */
  readonly network: string
  /** "255.255.255.0" */
  readonly mask: string
  /** The first and the last address that a host may have. */
  readonly first: string
  readonly last: string
}

/** Reads "10.77.0.1/24"; undefined where the network has no room for two hosts, or the address is no host's. */
export const readSubnet = (cidr: string): Subnet | undefined => {
  const [address = "", prefix] = cidr.split("/")
  const size = 2 ** (32 - Number(prefix))
  if (size < 4) return undefined
  const own = numberOf(address)
  const network = own - (own % size)
  const last = network + size - 2
  if (own === network || own > last) return undefined
  return {
    cidr,
    address,
    network: dotted(network),
    mask: dotted(2 ** 32 - size),
    first: dotted(network + 1),
    last: dotted(last),
  }
}

/** Whether a host of the network may have this address beside the one that is taken. */
export const isFreeIn = ({ address, first, last }: Subnet, wanted: string): boolean =>
  wanted !== address && numberOf(wanted) >= numberOf(first) && numberOf(wanted) <= numberOf(last)

/** The first address behind the subnet's own that is not taken, if there is one. */
export const freeAddress = (
  { address, last }: Subnet,
  taken: ReadonlySet<string>,
): string | undefined => {
  for (let next = numberOf(address) + 1; next <= numberOf(last); next++) {
    if (!taken.has(dotted(next))) return dotted(next)
  }
  return undefined
}

const numberOf = (address: string): number =>
  address.split(".").reduce((number, part) => number * 256 + Number(part), 0)

const dotted = (number: number): string =>
  [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join(".")
