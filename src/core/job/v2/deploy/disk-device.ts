import * as z from "zod"

/** A disk by its device file, as the system that writes to it names it. */
export const DiskDevice = z.string().regex(/^\/dev\/\S+$/, 'expected a device such as "/dev/sda"')
