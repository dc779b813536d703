import * as z from "zod"

const url = z.string().min(1)

const artifacts = z.looseObject({
  kernel: url,
  modules: url.optional(),
  dtb: url.optional(),
  rootfs: url.optional(),
  ramdisk: url.optional(),
  initrd: url.optional(),
  kselftest: url.optional(),
})

const lines = z.array(z.string()).nullish()

const test = z.looseObject({
  id: z.string().min(1),
  type: z.string().min(1),
  depends: z.array(z.string()).nullish(),
  timeout_s: z.number().positive().optional(),
  subset: z.union([z.string(), z.array(z.string())]).nullish(),
  parameters: z
    .union([z.string(), z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))])
    .nullish(),
  "pre-commands": lines,
  "post-commands": lines,
})

/**
 * A job that KernelCI gives to labs that fetch their jobs (its "pull-labs" protocol, section 3): what was built, what to
 * test, on which platform, and where the results go. Further keys are let through, as others may come.
 */
export const PullLabsJob = z.looseObject({
  artifacts,
  tests: z.array(test).min(1),
  environment: z.looseObject({
    platform: z.string().min(1),
    arch: z.string().min(1).optional(),
    requirements: z.unknown().optional(),
  }),
  timeout: z.number().positive().optional(),
  callback: z.looseObject({ url, token_name: z.string().min(1).optional() }).nullish(),
  integrity: z.looseObject({ sha256: z.record(z.string(), z.string()).nullish() }).nullish(),
  parameters: z.unknown().optional(),
})

/** See the schema of the same name. */
export type PullLabsJob = z.output<typeof PullLabsJob>

/** One test of a job. */
export type PullLabsTest = PullLabsJob["tests"][number]
