import * as z from "zod"
import { SegmentSettings } from "./segment/settings.ts"

const Port = z.int().min(0).max(65535)

const PortRange = z
  .string()
  .regex(/^\d{1,5}-\d{1,5}$/)
  .refine((range) => {
    const [first = 0, last = 0] = range.split("-").map(Number)
    return first >= 1 && first <= last && last <= 65535
  }, "expected a range of ports from low to high, like 5000-5009")

const Address = z.union([z.ipv4(), z.ipv6()])

/** A path without anything that the table of an NFS server would have to quote. */
const Directory = z
  .string()
  .regex(/^\/[\w./@+-]+$/, "expected an absolute path of letters, digits and . _ @ + - /")

const NfsSettings = z
  .strictObject({
    directory: Directory.optional().describe(
      "Where root file systems are unpacked on this machine; if it is not given, in the `export`, or among the temporary files",
    ),
    port: z
      .union([Port, PortRange])
      .default(0)
      .describe(
        "TCP port of the NFS server that a job starts, or a range like 2049-2059: each job at a time needs one",
      ),
    export: Directory.optional().describe(
      "A directory that an NFS server of the lab exports already, as devices name it; jobs start no server then",
    ),
    server: Address.optional().describe(
      "IP address of the NFS server of `export`, if it is not this machine",
    ),
    options: z
      .string()
      .regex(/^[\w=.,-]+$/, 'expected mount options, as "vers=3,port=2050"')
      .optional()
      .describe('Mount options by which devices reach `export`; "vers=4" if it is not given'),
  })
  .superRefine((settings, context) => {
    if (settings.export !== undefined) return
    for (const key of ["server", "options"] as const) {
      if (settings[key] === undefined) continue
      const message = "is about an NFS server of the lab: give its `export`, too"
      context.addIssue({ code: "custom", path: [key], message })
    }
  })

/** The settings of NFS root file systems as they were read. */
export type NfsSettings = z.output<typeof NfsSettings>

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
  nfs: NfsSettings.prefault({}).describe("Root file systems for devices that mount them by NFS"),
  isolated: SegmentSettings.prefault({}).describe(
    "The network segments of jobs that ask for network: isolated",
  ),
})
/** The settings as they were read, with what was not given filled in. */
export type DispatcherSettings = z.output<typeof DispatcherSettings>

/** The ports that a setting allows, in the order in which they are tried; 0 is any. */
export const portsOf = (setting: number | string): ReadonlyArray<number> => {
  if (typeof setting === "number") return [setting]
  const [first = 0, last = 0] = setting.split("-").map(Number)
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}
