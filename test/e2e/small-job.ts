/** What a test changes of the small job. */
export interface SmallJob {
  /** The lab's board that it is for: highbank, or the PC. */
  readonly arch?: "armhf" | "amd64"
  /** The board's device type, where it is another one. */
  readonly deviceType?: string
  /** Deploy the small system with its kernel installed already: spares the time that dpkg takes. */
  readonly installed?: boolean
  readonly kernel?: string
  /** URLs of packages to be installed with the kernel, before and behind it in the list. */
  readonly around?: readonly [before: string, behind: string]
  readonly kernelKeys?: Readonly<Record<string, unknown>>
  readonly rootfs?: Readonly<Record<string, unknown>>
  readonly kernelArgs?: string
  readonly transfer?: "http" | "netcat"
  readonly boot?: Readonly<Record<string, unknown>>
  readonly password?: string
  readonly steps?: ReadonlyArray<string>
}

/** A whole deploy of the lab's small system, as the examples in jobs/ do it with Debian's. */
export const smallJob = ({ arch = "armhf", installed = false, ...changes }: SmallJob = {}) => ({
  job_name: "small system",
  device_type: changes.deviceType ?? { armhf: "highbank", amd64: "x86-pxe" }[arch],
  visibility: "public",
  timeouts: { job: { minutes: 5 }, action: { minutes: 2 } },
  actions: [
    {
      deploy: {
        to: "master",
        rootfs: {
          url: `package://${installed ? "installed" : "small"}-${arch}.tar`,
          ...changes.rootfs,
        },
        ...(!installed && {
          kernel: {
            packages: [
              ...(changes.around ? [{ url: changes.around[0] }] : []),
              {
                url: `package://${changes.kernel ?? `kernel-small-${arch}.deb`}`,
                ...changes.kernelKeys,
              },
              ...(changes.around ? [{ url: changes.around[1] }] : []),
            ],
          },
        }),
        // See "Faults of the emulation" in lab/README.md.
        kernel_args: `cryptomgr.notests norandmaps ${changes.kernelArgs ?? ""}`.trim(),
        transfer_method: changes.transfer ?? "http",
        timeout: { minutes: 3 },
      },
    },
    {
      boot: {
        method: "pxe",
        prompts: ["# $"],
        auto_login: {
          login_prompt: "login: ",
          username: "root",
          password_prompt: "Password: ",
          password: changes.password ?? "not-a-secret",
        },
        timeout: { minutes: 2 },
        ...changes.boot,
      },
    },
    {
      test: {
        definitions: [
          {
            name: "small",
            from: "inline",
            path: "inline/small.yaml",
            repository: {
              metadata: { format: "Lava-Test Test Definition 1.0", name: "small" },
              run: {
                steps: changes.steps ?? [
                  "lava-test-case kernel-release --shell test -e /boot/vmlinuz-$(uname -r)",
                ],
              },
            },
          },
        ],
        timeout: { minutes: 2 },
      },
    },
  ],
})
