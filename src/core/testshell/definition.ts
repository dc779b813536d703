import * as z from "zod"
import { openMapping } from "../source/open-mapping.ts"
import { slip } from "../source/severity.ts"
import { narrowerThan } from "../source/support.ts"

/** A value that a test's shell gets as a variable. */
const parameter = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: slip("expected a text, a number, a boolean or nothing"),
})

/** Parameters of a test: names and values of variables in its run.sh and install.sh. */
export const Parameters = z.record(
  z.string().regex(/^[A-Za-z_]\w*$/, slip("expected the name of a shell variable")),
  parameter,
)

/** See the schema of the same name. */
export type Parameters = z.output<typeof Parameters>

/** A step without quotes that holds ": " is a mapping to YAML; it was meant as the line it is. */
const stepText = (step: unknown): string =>
  typeof step === "object" && step !== null
    ? Object.entries(step)
        .map(([key, value]) => `${key}: ${String(value)}`)
        .join("\n")
    : String(step)

const steps = z
  .array(
    z.union([z.string(), z.number(), z.boolean(), z.null(), z.record(z.string(), parameter)], {
      error: "expected a line of shell",
    }),
  )
  .nullish()
  .transform((lines) => (lines ?? []).filter((line) => line !== null).map(stepText))

const names = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(/[\s,]+/))])
  .nullish()
  .transform((list) => list ?? [])

const GitRepository = z.union([
  z.string().transform((url) => ({ url, branch: undefined, destination: undefined })),
  z.object({
    url: z.string(),
    branch: z.string().nullish(),
    destination: z.string().nullish(),
  }),
])

/** What of `install` a job may skip. */
const SkipInstall = z.array(z.enum(["keys", "sources", "deps", "steps", "git-repos", "all"]))

const Install = z
  .looseObject({
    deps: names,
    "git-repos": z
      .array(GitRepository)
      .nullish()
      .transform((list) => list ?? []),
    keys: names,
    sources: names,
    steps,
    skip_install: SkipInstall.optional(),
  })
  .superRefine((install, context) => {
    for (const [key, value] of Object.entries(install)) {
      if (key.startsWith("deps-") && !names.safeParse(value).success) {
        context.addIssue({ code: "custom", path: [key], message: "expected a list of packages" })
      }
    }
  })

/** Names of the test cases that must have a result at the end, and the only ones that may. */
const Expected = z.array(z.string())

/**
 * A test definition ("Lava-Test Test Definition 1.0"): what LAVA calls the YAML file in a repository of
 * tests, or the mapping in a job. Keys that mean nothing here are let through, as LAVA does.
 */
export const TestDefinition = z
  .looseObject({
    metadata: z.looseObject({
      name: z.string().min(1),
      format: z.string().optional(),
      description: z.string().nullish(),
    }),
    params: Parameters.nullish(),
    parameters: Parameters.nullish(),
    install: Install.nullish(),
    run: z.looseObject({ steps }).nullish(),
    parse: z
      .looseObject({
        pattern: z.string().optional(),
        fixupdict: z.record(z.string(), z.string()).nullish(),
      })
      .nullish(),
    expected: Expected.optional(),
  })
  .meta({ title: "Test definition", description: "What to install and run, as LAVA defines it" })

/** See the schema of the same name. */
export type TestDefinition = z.output<typeof TestDefinition>

const path = z
  .string()
  .min(1, slip())
  .refine(
    (path) => !path.startsWith("/") && !path.split("/").includes(".."),
    slip("expected a path inside the repository"),
  )

/** git takes what begins with a dash for an option. */
const revision = z
  .union([z.string(), z.number().transform(String)])
  .refine((name) => /^[^-\s]\S*$/.test(name), slip("expected the name of a branch or a commit"))

const repository = z
  .string()
  .regex(/^[^-\s]\S*$/, slip("expected the address of a repository"))
  .describe("Address of the repository")

/** The name of a suite of tests in the results. */
export const SuiteName = z
  .string()
  .regex(/^[\w.-]+$/, "expected letters, digits and any of . - _")
  .refine((name) => name !== "lava", slip('the name "lava" is taken by the dispatcher'))
  .describe("Name of the test suite in the results")

const common = {
  name: SuiteName,
  parameters: Parameters.optional().describe("Values for the definition's parameters"),
  params: Parameters.optional().describe("The same as `parameters`"),
  expected: Expected.optional().describe("The test cases that must have a result"),
  skip_install: SkipInstall.optional().describe("Parts of `install` to leave out"),
  "lava-signal": z
    .enum(["stdout", "kmsg"])
    .optional()
    .describe("Where signals are written: the console, or the kernel's log"),
}

/** An entry of a job's `test.definitions`. */
export const TestDefinitionRef = z
  .discriminatedUnion("from", [
    openMapping({
      from: z.literal("inline"),
      repository: TestDefinition,
      path: path.optional().describe("Where the definition is put on the device"),
      ...common,
    }),
    openMapping({
      from: z.literal("git"),
      repository,
      path: path.describe("The definition's file in the repository"),
      branch: revision.optional(),
      revision: revision.optional().describe("The commit to check out"),
      shallow: z.boolean().optional().describe("Without older commits; default true"),
      history: z.boolean().optional().describe("Whether .git goes to the device; default true"),
      recursive: z.boolean().optional().describe("With submodules; default false"),
      ...common,
    }),
    openMapping({
      from: z.literal("directory"),
      repository: repository
        .regex(/^\//, "expected an absolute path")
        .describe(
          "A directory of this machine, taken as it is now; of a git repository, without what git ignores",
        ),
      path: path.describe("The definition's file in the directory"),
      ...common,
    }),
    openMapping({
      from: z.literal("url"),
      repository: repository.describe("URL of a tar archive, or of the definition's own YAML file"),
      path: path.describe("The definition's file in the archive"),
      compression: z
        .enum(["gz", "xz", "bz2", "zstd", "zst"], { error: narrowerThan(z.string()) })
        .optional(),
      ...common,
    }),
  ])
  .meta({ title: "Test definition of a job" })

/** See the schema of the same name. */
export type TestDefinitionRef = z.output<typeof TestDefinitionRef>

/** Packages that a definition wants on every system and on `distro` ("debian", "oe", ...). */
export const dependencies = (
  definition: TestDefinition,
  distro?: string,
): ReadonlyArray<string> => {
  const install = definition.install
  if (!install) return []
  const special = distro === undefined ? undefined : install[`deps-${distro}`]
  return [...install.deps, ...(special === undefined ? [] : names.parse(special))]
}
