/** A job of several devices that uses much of LAVA's format that no plugin here can do. */
export const lavaJob = {
  job_name: "boards that meet",
  visibility: "personal",
  priority: 70,
  timeouts: { job: { hours: 2 }, connections: { "login-action": { minutes: 1 } } },
  secrets: { TOKEN: "abc" },
  notify: {
    criteria: { status: "finished", type: "regression" },
    verbosity: "quiet",
    recipients: [{ to: { method: "email", email: "lab@example.com" } }],
    callbacks: [{ url: "https://example.com/told", method: "POST", dataset: "all" }],
    compare: { query: { entity: "testjob", conditions: { testjob__health: "complete" } } },
  },
  protocols: {
    "lava-multinode": {
      timeout: { minutes: 5 },
      roles: {
        server: {
          device_type: "board",
          count: 1,
          context: { arch: "arm64", extra_options: ["-s"] },
        },
        guest: { connection: "ssh", count: 2, host_role: "server", expect_role: "server" },
      },
    },
    "lava-xnbd": { port: "auto" },
  },
  actions: [
    {
      deploy: {
        role: ["server"],
        to: "fastboot",
        os: "oe",
        docker: { image: "example/adb:1", local: true },
        images: {
          boot: { url: "downloads://boot.img", reboot: "hard-reset" },
          rootfs: {
            url: "https://example.com/rootfs.img.gz",
            compression: "gz",
            "apply-overlay": true,
            root_partition: 1,
          },
        },
      },
    },
    {
      deploy: {
        role: ["server"],
        to: "usb",
        device: "SanDisk",
        image: { url: "https://example.com/disk.img" },
        writer: {
          tool: "/usr/bin/bmaptool",
          options: "copy {DOWNLOAD_URL} {DEVICE}",
          prompt: "ok",
        },
      },
    },
    {
      boot: {
        role: ["server"],
        method: "uuu",
        commands: [{ bcu: "reset usb" }, { uuu: "-b sd {boot}" }],
        timeout: { minutes: 3 },
      },
    },
    {
      boot: {
        role: ["guest"],
        method: "kexec",
        boot_message: "Linux version",
        options: ["--reuse-cmdline"],
        prompts: ["# "],
        protocols: { "lava-multinode": [{ action: "umount", request: "lava-wait" }] },
      },
    },
    {
      test: {
        role: ["server"],
        docker: { image: "debian" },
        definitions: [
          { from: "url", repository: "https://example.com/t.tar", path: "a.yaml", name: "a" },
        ],
      },
    },
    {
      test: {
        role: ["guest"],
        monitors: [
          {
            name: "m",
            start: "BEGIN",
            end: "END",
            pattern: "(?P<test_case_id>\\w+) (?P<result>\\w+)",
          },
        ],
      },
    },
    {
      test: {
        role: ["server"],
        services: [{ name: "s", from: "git", repository: "x", path: "y" }],
      },
    },
  ],
}
