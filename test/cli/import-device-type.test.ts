import { describe, expect, it } from "vitest"
import { directoryWith, dispatch, writeFiles } from "./command.ts"

const base = `
{% if connection_command %}
commands:
  connect: {{ connection_command }}
  soft_reboot: reboot
{% endif %}
constants:
  kernel-start-message: 'Linux version [0-9]'
  posix:
    lava_test_results_dir: /lava-%s
  spawn_maxread:
{% block body %}
actions:
  deploy:
    methods:
      tftp:
  boot:
    methods:
      minimal:
      u-boot:
        parameters:
          bootloader_prompt: {{ bootloader_prompt|default('=>') }}
        ramdisk:
          commands:
          - "{{ (['dhcp'] + ['tftp {KERNEL_ADDR} {KERNEL}', '{BOOTX}'])|join('"
          - "') }}"
{% endblock %}
timeouts:
  actions:
    auto-login-action:
      minutes: 2
`
const board = `{% extends 'base.jinja2' %}
{% set bootloader_prompt = 'U-Boot#' %}
`

describe("dispatch device-type import", () => {
  it("prints a device type, which a lab can have", async () => {
    const cwd = directoryWith({ "types/base.jinja2": base, "board.jinja2": board })
    const { code, stdout, stderr } = await dispatch(
      ["device-type", "import", "board.jinja2", "--path", "types"],
      { cwd },
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(JSON.parse(stdout)).toEqual({
      plugin: "lava-dictionary",
      parameters: {
        constants: {
          "kernel-start-message": "Linux version [0-9]",
          posix: { lava_test_results_dir: "/lava-%s" },
        },
        actions: {
          deploy: { methods: { tftp: {} } },
          boot: {
            methods: {
              minimal: {},
              "u-boot": {
                parameters: { bootloader_prompt: "U-Boot#" },
                ramdisk: { commands: ["dhcp", "tftp {KERNEL_ADDR} {KERNEL}", "{BOOTX}"] },
              },
            },
          },
        },
      },
      timeouts: { actions: { "auto-login-action": { minutes: 2 } } },
    })
    const power = { reset: ["pdu", "reset"] }
    writeFiles(cwd, {
      "device-types/board.json": stdout,
      "lab.json": { devices: { "board-01": { device_type: "board", power } } },
    })
    const checked = await dispatch(["validate", "device-types/board.json", "lab.json"], { cwd })
    expect(checked.stdout).toBe("✔ device-types/board.json (device type)\n✔ lab.json (lab)\n")
  })

  it("prints the dictionary of a device, which needs no lab", async () => {
    const connect = "{% set connection_command = 'telnet ser2net 7001' %}\n"
    const cwd = directoryWith({ "base.jinja2": base, "board-01.jinja2": board + connect })
    const words = ["device-type", "import", "board-01.jinja2"]
    const { stdout } = await dispatch([...words, "--dictionary"], { cwd })
    expect(stdout).toContain("\n  connect: telnet ser2net 7001\n")
    writeFiles(cwd, { "board-01.yaml": stdout })
    const checked = await dispatch(["validate", "board-01.yaml"], { cwd })
    expect(checked.stdout).toBe("✔ board-01.yaml (device dictionary)\n")
    const type = await dispatch(words, { cwd })
    const { parameters } = JSON.parse(type.stdout) as { parameters: { commands: object } }
    expect(parameters.commands).toEqual({ soft_reboot: "reboot" })
  })

  it("says where the rendered text is no dictionary", async () => {
    const cwd = directoryWith({ "board.jinja2": "actions:\n  boot:\n    methods: {{ 1 + 1 }}\n" })
    const { code, stderr } = await dispatch(["device-type", "import", "board.jinja2"], { cwd })
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "board.jinja2 (rendered):3:14 actions.boot.methods: expected a mapping, found 2\n",
    })
  })
})
