import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  commandLineFault,
  firstStageScript,
  ipxeScript,
  pxelinuxConfig,
} from "../../../src/core/net/pxe-config.ts"

const entry = {
  kernel: "vmlinuz",
  initrd: "initrd.img",
  dtb: "hb.dtb",
  commandLine: "console=ttyAMA0 root=/dev/sda1",
}

describe("pxelinuxConfig", () => {
  it("has one entry and no menu", () => {
    expect(pxelinuxConfig(entry, (name) => `t/${name}`)).toBe(
      [
        "default job",
        "prompt 0",
        "label job",
        "  kernel t/vmlinuz",
        "  initrd t/initrd.img",
        "  fdt t/hb.dtb",
        "  append console=ttyAMA0 root=/dev/sda1",
        "",
      ].join("\n"),
    )
  })

  it("sends the device to its own disk", () => {
    const config = pxelinuxConfig("local", (name) => name)
    expect(config).toBe("default job\nprompt 0\nlabel job\n  localboot 0\n")
  })

  it("leaves out what there is not", () => {
    const config = pxelinuxConfig({ kernel: "vmlinuz", commandLine: "" }, (name) => name)
    expect(config).toBe("default job\nprompt 0\nlabel job\n  kernel vmlinuz\n")
  })
})

describe("ipxeScript", () => {
  it("names files by URL", () => {
    const { kernel, initrd, commandLine } = entry
    expect(ipxeScript({ kernel, initrd, commandLine }, (name) => `http://h:80/${name}`)).toBe(
      [
        "#!ipxe",
        "kernel http://h:80/vmlinuz initrd=initrd.img console=ttyAMA0 root=/dev/sda1",
        "initrd --name initrd.img http://h:80/initrd.img",
        "boot",
        "",
      ].join("\n"),
    )
  })

  it("boots a bare kernel", () => {
    const script = ipxeScript({ kernel: "vmlinuz", commandLine: "" }, (name) => name)
    expect(script).toBe("#!ipxe\nkernel vmlinuz\nboot\n")
  })
})

it("goes on from the first stage by MAC, on the same server and port", () => {
  expect(firstStageScript("tftp://10.0.2.2:6969")).toBe(
    "#!ipxe\nchain tftp://10.0.2.2:6969/ipxe/${netX/mac:hexhyp}.ipxe\n",
  )
})

describe("commandLineFault", () => {
  it.each(["a\nb", "a\rb", "a\0b", "a\x7f", "a ${b}", "a || b", "a ; b", "a && b", "a #b"])(
    "finds fault with %j",
    (commandLine) => expect(commandLineFault(commandLine)).toMatch(/^has /),
  )

  it.each([
    "",
    "console=ttyS0,115200n8 quiet",
    'dyndbg="file a.c +p"',
    "a;b a#b a||b $HOME",
    "a\tb",
  ])("takes %j", (commandLine) => expect(commandLineFault(commandLine)).toBeUndefined())

  it("lets nothing through that adds a line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (commandLine) => {
        fc.pre(commandLineFault(commandLine) === undefined)
        const config = pxelinuxConfig({ kernel: "k", commandLine }, (name) => name)
        expect(config.split(/[\n\r]/)).toHaveLength(commandLine === "" ? 5 : 6)
      }),
    )
  })
})
