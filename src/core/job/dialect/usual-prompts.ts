/**
 * The prompts that any device of LAVA's first dispatcher waited for, by what is common to them: that of an initramfs,
 * of Linaro's images, of OpenEmbedded's and of a plain shell. For formats that leave prompts to the lab.
 */
export const usualPrompts: ReadonlyArray<string> = [
  String.raw`\(initramfs\)`,
  "linaro-test",
  String.raw`root@[\w.-]+:\S* ?[#$]`,
  String.raw`/ #`,
  String.raw`sh-[\d.]+#`,
]
