/** What a test changes of the small job. */
export interface SmallJob {
  readonly kernel?: string
  readonly kernelKeys?: Readonly<Record<string, unknown>>
  readonly rootfs?: Readonly<Record<string, unknown>>
  readonly transfer?: "http" | "netcat"
  readonly boot?: Readonly<Record<string, unknown>>
  readonly password?: string
  readonly steps?: ReadonlyArray<string>
  readonly keys?: Readonly<Record<string, unknown>>
}

/** A whole deploy of the lab's small system on highbank, as the examples in jobs/ do it with Debian's. */
export const smallJob = (changes: SmallJob = {}): object => ({
  job_name: "small system on highbank",
  device_type: "highbank",
  visibility: "public",
  timeouts: { job: { minutes: 5 }, action: { minutes: 2 } },
  actions: [
    {
      deploy: {
        to: "master",
        rootfs: { url: "package://small-armhf.tar", ...changes.rootfs },
        kernel: {
          packages: [
            {
              url: `package://${changes.kernel ?? "kernel-small-armhf.deb"}`,
              ...changes.kernelKeys,
            },
          ],
        },
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
          password: changes.password ?? "lab-dispatch",
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
  ...changes.keys,
})
