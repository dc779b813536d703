import * as z from "zod"
import { CommandLine } from "../../console/command-line.ts"
import { readSubnet } from "./subnet.ts"

/** What every network segment of a job's own is like: the `isolated` of a lab file's `dispatcher`. */
export const SegmentSettings = z.strictObject({
  address: z
    .cidrv4("expected an address and the length of its network's prefix, as 10.77.0.1/24")
    .refine((cidr) => readSubnet(cidr) !== undefined, {
      error: "expected the address of a host in a network with room for two: 10.77.0.1/24",
    })
    .default("10.77.0.1/24")
    .describe("The dispatcher's address in every segment, and with it the segment's network"),
  dhcp: z
    .enum(["server", "proxy", "none"])
    .default("server")
    .describe(
      "server: devices get their addresses and their boot file from the dispatcher; proxy: the boot file only, beside the DHCP server that a segment has; none: neither",
    ),
})

/** The settings with what was not given filled in. */
export type SegmentSettings = z.output<typeof SegmentSettings>

/** How a device gets into a network segment of a job's own: the `network` of a device in the lab file. */
export const DeviceNetwork = z
  .strictObject({
    join: CommandLine.optional().describe(
      "Puts the device's network port into a segment, as by a switch's VLAN; {PID} is a process in the segment's network namespace, {BRIDGE} the bridge there",
    ),
    leave: CommandLine.optional().describe(
      "Undoes it; run when the job ends, and does no harm to a device that is in no segment",
    ),
    interface: z
      .string()
      .regex(/^[^\s/]{1,15}$/, "expected the name of a network interface, as eth1.42")
      .optional()
      .describe(
        "The interface of this machine that leads to the device alone, as one of a VLAN; it is moved into the segment after join, and back before leave",
      ),
    address: z
      .ipv4("expected an IPv4 address")
      .optional()
      .describe(
        "The address that the device gets in a segment, by its mac; the one after the dispatcher's unless given",
      ),
    boot_file: z
      .string()
      .regex(/^[^\s,]+$/, "expected a file name or a URL, without spaces and commas")
      .optional()
      .describe(
        "What its firmware is told to boot by DHCP: a file name such as pxelinux.0, or a URL; {SERVER_IP} and {TFTP_PORT} are filled in",
      ),
  })
  .refine(({ join, interface: moved }) => join !== undefined || moved !== undefined, {
    error: `expected "join", "interface" or both: how the device gets into a segment`,
  })
  .meta({ anyOf: [{ required: ["join"] }, { required: ["interface"] }] })

/** See the schema of the same name. */
export type DeviceNetwork = z.output<typeof DeviceNetwork>
