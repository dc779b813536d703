import * as z from "zod"

const Port = z.int().min(0).max(65535)

const PortRange = z
  .string()
  .regex(/^\d{1,5}-\d{1,5}$/)
  .refine((range) => {
    const [first = 0, last = 0] = range.split("-").map(Number)
    return first >= 1 && first <= last && last <= 65535
  }, "expected a range of ports from low to high, like 5000-5009")

const Address = z.union([z.ipv4(), z.ipv6()])

/**
 * How devices reach this dispatcher: the `dispatcher` of a lab file. Ports are given where a device or
 * a firewall has them fixed; 0 takes any that is free.
 */
export const DispatcherSettings = z.strictObject({
  address: Address.optional().describe(
    "IP address by which devices reach this machine (10.0.2.2 for QEMU's user network); if it is not given, the first of this machine's own",
  ),
  bind: Address.default("0.0.0.0").describe(
    "Local address to listen on; set it if the machine has several and devices are to see one",
  ),
  tftp: z
    .strictObject({ port: Port.default(69).describe("UDP port; below 1024 needs privileges") })
    .prefault({}),
  http: z.strictObject({ port: Port.default(0).describe("TCP port") }).prefault({}),
  netcat: z
    .strictObject({
      port: z
        .union([Port, PortRange])
        .default(0)
        .describe("TCP port, or a range like 5000-5009: each transfer at a time needs one"),
    })
    .prefault({}),
})
/** The settings as they were read, with what was not given filled in. */
export type DispatcherSettings = z.output<typeof DispatcherSettings>

/** The ports that a setting allows, in the order in which they are tried; 0 is any. */
export const portsOf = (setting: number | string): ReadonlyArray<number> => {
  if (typeof setting === "number") return [setting]
  const [first = 0, last = 0] = setting.split("-").map(Number)
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}
