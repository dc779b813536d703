import {
  autoLogin,
  bootWatch,
  BootWatchParameters,
  connectDevice,
  defineAction,
  defineDevicePlugin,
  PatternText,
  resetDevice,
  sequence,
  z,
} from "lab-dispatch"

/** What device-types/my-board.json may set. */
const Parameters = z.strictObject({
  ...BootWatchParameters,
  loader_prompt: PatternText.describe("The boot loader's prompt, a regular expression"),
  boot_command: z.string().min(1).describe("What is typed there to boot"),
})

type Parameters = z.output<typeof Parameters>

// The banner of a boot loader is what a reset shows elsewhere; here it is expected.
const booting = { allowReset: true }

/** Stops the boot loader's countdown. */
const enterLoader = ({ loader_prompt }: Parameters) =>
  defineAction({
    name: "enter-loader",
    description: "stop the boot loader at its prompt",
    timeoutSeconds: 60,
    run: async ({ console }) => {
      const countdown = { name: "countdown", pattern: "Hit any key to stop autoboot" }
      await console.expect("the boot loader's countdown", [countdown], booting)
      await console.send(" ")
      const prompt = { name: "prompt", pattern: new RegExp(loader_prompt) }
      await console.expect("the boot loader's prompt", [prompt], booting)
    },
  })

/** Types the command that boots. */
const startBoot = ({ boot_command }: Parameters) =>
  defineAction({
    name: "start-boot",
    description: `type "${boot_command}" to the boot loader`,
    run: ({ console }) => console.sendLine(boot_command),
  })

export default defineDevicePlugin({
  name: "my-board",
  parameters: Parameters,
  boot: {
    minimal: (boot, device) =>
      sequence("my-board-boot", `boot ${device.name} by its boot loader`, [
        connectDevice(),
        ...(boot.reset
          ? [
              resetDevice(device, boot),
              enterLoader(device.parameters),
              startBoot(device.parameters),
            ]
          : []),
        autoLogin(boot, bootWatch(device.parameters)),
      ]),
  },
})
