/** A job that uses every key of the schema, as a person writes it. */
export const goodJob = {
  $schema: "./job.schema.json",
  job_name: "highbank, deployed by its master",
  device_type: "highbank",
  device: "highbank-01",
  visibility: { group: ["kernel"] },
  priority: "high",
  tags: ["arm", "sata"],
  timeouts: {
    job: { hours: 1 },
    action: { minutes: 10 },
    actions: { "master-deploy": { minutes: 50 } },
    connection: { seconds: 30 },
    connections: { "auto-login": { minutes: 1 } },
    queue: { days: 2 },
  },
  context: {
    boot_character_delay: 5,
    test_character_delay: 0,
    extra_kernel_args: "cma=640M",
    lava_test_results_dir: "/run/lava-%s",
  },
  metadata: { source: { commit: "0123abc" }, tries: 1 },
  secrets: { API_KEY: "s3cret", PIN: 1234 },
  environment: { LANG: "C", DEBUG: true },
  actions: [
    {
      deploy: {
        namespace: "target",
        to: "master",
        os: "debian",
        rootfs: {
          url: "http://files.example.org/rootfs.tar.xz",
          sha256sum: "0".repeat(64),
          compression: "xz",
        },
        kernel: { packages: [{ url: "http://files.example.org/linux-image.deb" }] },
        dtb: "highbank.dtb",
        kernel_args: "loglevel=7",
        root: "/dev/sda2",
        disk: { device: "/dev/sda", filesystem: "ext4" },
        transfer_method: "netcat",
        timeout: { minutes: 45, skip: true },
        timeouts: { "http-download": { minutes: 5 } },
        failure_retry: 2,
        failure_retry_interval: 10,
      },
    },
    {
      boot: {
        namespace: "target",
        "connection-namespace": "target",
        method: "pxe",
        prompts: "root@target:~#",
        auto_login: {
          login_prompt: "login:",
          username: "root",
          password_prompt: "Password:",
          password: "s3cret",
          login_commands: ["su"],
        },
        transfer_overlay: {
          download_command: "wget",
          unpack_command: "tar -C / -xf",
          transfer_method: "http",
        },
        soft_reboot: "reboot",
        ignore_kernel_messages: true,
        failure_message: "not found",
        parameters: {
          "kernel-start-message": "Linux version",
          "shutdown-message": "Restarting system",
        },
      },
    },
    {
      boot: {
        namespace: "target",
        method: "u-boot",
        commands: ["setenv a b", "boot"],
        prompts: ["#"],
        parameters: { "bootloader-final-message": "Starting kernel" },
      },
    },
    { boot: { namespace: "target", method: "u-boot", commands: "ramdisk" } },
    { boot: { namespace: "target", method: "minimal", reset: false } },
    {
      test: {
        namespace: "target",
        definitions: [
          {
            from: "inline",
            name: "smoke",
            path: "inline/smoke.yaml",
            repository: {
              metadata: { format: "Lava-Test Test Definition 1.0", name: "smoke" },
              run: { steps: ["lava-test-case kernel --shell uname -a"] },
            },
          },
        ],
        ignore_kernel_messages: true,
        repeat: 2,
      },
    },
    { command: { namespace: "target", name: "hard_reset" } },
  ],
}
