import * as Effect from "effect/Effect"
import { ConfigurationError } from "../pipeline/errors.ts"
import type { SegmentPlan } from "../net/segment/segment.ts"
import { type Subnet, freeAddress, isFreeIn, readSubnet } from "../net/segment/subnet.ts"
import type { Device } from "./device.ts"

/** Devices that a job has to itself on a network segment of its own, and the segment. */
export interface Isolation {
  /** The devices as they are there: at other addresses than on their usual network, with another of their dispatcher's. */
  readonly devices: ReadonlyArray<Device>
  readonly segment: SegmentPlan
}

/**
 * Takes devices off their usual network, for a job that asks for `network: isolated`.
 *
 * Fails with ConfigurationError where the lab file does not say how a device gets into a segment, or its address there
 * cannot be had.
 */
export const isolate = (
  devices: ReadonlyArray<Device>,
): Effect.Effect<Isolation, ConfigurationError> =>
  Effect.gen(function* () {
    // All devices of a lab have the same dispatcher; its schema has read the address before.
    const { dispatcher } = devices[0]!
    const { address, dhcp } = dispatcher.isolated
    const subnet = readSubnet(address)!
    const taken = new Set(devices.flatMap(({ network }) => network?.address ?? []))
    const isolated = yield* Effect.forEach(devices, (device) =>
      Effect.map(addressIn(subnet, device, taken), (own) => ({
        ...device,
        // Known where it is the dispatcher that gives it.
        address: dhcp === "server" && device.mac !== undefined ? own : undefined,
        dispatcher: { ...dispatcher, address: subnet.address, bind: subnet.address },
      })),
    )
    return {
      devices: isolated,
      segment: {
        subnet,
        dhcp,
        tftpPort: dispatcher.tftp.port,
        members: isolated.map(({ name, mac, address, network }) => ({
          name,
          mac,
          address,
          bootFile: network?.boot_file,
        })),
      },
    }
  })

/** A device's address in a segment; a free one is taken where the lab file gives none. */
const addressIn = (
  subnet: Subnet,
  { name, network, dispatcher }: Device,
  taken: Set<string>,
): Effect.Effect<string, ConfigurationError> => {
  const wrong = (message: string) => Effect.fail(new ConfigurationError({ message, device: name }))
  if (!network) {
    return wrong(
      `${name} cannot be isolated: the lab file does not say how it gets into a network segment of a job's own; give it a "network" section`,
    )
  }
  const { address } = network
  if (address !== undefined && !isFreeIn(subnet, address)) {
    return wrong(
      `${name} cannot have the address ${address} in a network segment whose dispatcher is ${dispatcher.isolated.address}: correct "network.address" of the device or "dispatcher.isolated.address" in the lab file`,
    )
  }
  const own = address ?? freeAddress(subnet, taken)
  if (own === undefined) return wrong(`${name} finds no free address in ${subnet.cidr}`)
  taken.add(own)
  return Effect.succeed(own)
}
