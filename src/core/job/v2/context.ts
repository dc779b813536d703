import * as z from "zod"
import { openMapping } from "../../source/open-mapping.ts"
import { unsupported } from "../../source/severity.ts"

const scalar = z.union([z.string(), z.int(), z.boolean()])

/** What LAVA takes as the value of any variable. */
const anything = z.union([scalar, z.array(scalar)], {
  error: "expected a text, a whole number, true, false or a list of such",
})

const delay = z
  .union([
    z.number(),
    z.string().regex(/^\d+$/, unsupported("expected a number")).transform(Number),
  ])
  .refine((ms) => ms >= 0 && ms <= 1000, unsupported("expected a number between 0 and 1000"))
  .optional()

const forTemplates = anything.optional().describe("For the templates of LAVA's device types")

const templateVariables = [
  "arch",
  "boot_console",
  "boot_root",
  "cpu",
  "extra_options",
  "guestfs_driveid",
  "guestfs_interface",
  "guestfs_size",
  "machine",
  "memory",
  "model",
  "monitor",
  "netdevice",
  "no_kvm",
  "no_network",
  "serial",
  "vga",
  "booti_dtb_addr",
  "booti_kernel_addr",
  "booti_ramdisk_addr",
  "bootm_dtb_addr",
  "bootm_kernel_addr",
  "bootm_ramdisk_addr",
  "bootz_dtb_addr",
  "bootz_kernel_addr",
  "bootz_ramdisk_addr",
  "boot_retry",
  "bootloader_prompt",
  "console_device",
  "custom_kernel_args",
  "extra_nfsroot_args",
  "failure_retry",
  "kernel_loglevel",
  "kernel_start_message",
  "menu_interrupt_prompt",
  "mustang_menu_list",
  "tftp_mac_address",
  "uboot_extra_error_message",
  "uboot_needs_interrupt",
  "uboot_altbank",
] as const

type TemplateVariables = Readonly<Record<(typeof templateVariables)[number], typeof forTemplates>>

/**
 * LAVA's `context`: variables of the device type's template. LAVA lets each site have further ones; what a lab's
 * templates do not know has no effect.
 */
export const context = openMapping({
  boot_character_delay: delay.describe(
    "Pause between the characters that are typed while the device boots, in milliseconds",
  ),
  test_character_delay: delay.describe(
    "Pause between the characters that are typed in tests, in milliseconds",
  ),
  extra_kernel_args: z
    .string()
    .optional()
    .describe(
      "Further arguments of the kernel that is deployed, after all others; of Debian's installer too",
    ),
  lava_test_results_dir: z
    .string()
    .regex(
      /^\/[\w./-]*%s[\w./-]*$/,
      unsupported('expected a path with %s for the id of the job, as "/run/lava-%s"'),
    )
    .optional()
    .describe("Directory of the tests on the device; %s stands for the id of the job"),
  ...(Object.fromEntries(
    templateVariables.map((name) => [name, forTemplates]),
  ) as TemplateVariables),
})
  .catchall(anything.optional())
  .meta({ id: "context", description: "Variables of the device type's template" })
