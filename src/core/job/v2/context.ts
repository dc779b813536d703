import * as z from "zod"

const delay = z.number().min(0).max(1000).optional()

/** LAVA's `context`: those of its variables that mean something here, where device types have no templates. */
export const context = z.strictObject({
  boot_character_delay: delay.describe(
    "Pause between the characters that are typed while the device boots, in milliseconds",
  ),
  test_character_delay: delay.describe(
    "Pause between the characters that are typed in tests, in milliseconds",
  ),
  extra_kernel_args: z
    .string()
    .optional()
    .describe("Further arguments of the kernel that is deployed, after all others"),
  lava_test_results_dir: z
    .string()
    .regex(
      /^\/[\w./-]*%s[\w./-]*$/,
      'expected a path with %s for the id of the job, as "/run/lava-%s"',
    )
    .optional()
    .describe("Directory of the tests on the device; %s stands for the id of the job"),
})
