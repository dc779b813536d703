// A device plugin with a boot method of its own, as its author writes it.
import * as z from "zod"
import {
  Artifact,
  autoLogin,
  bootKeys,
  BootWatchParameters,
  bootWatch,
  connectDevice,
  defineAction,
  defineDevicePlugin,
  resetDevice,
  sequence,
} from "../../src/index.ts"

export default defineDevicePlugin({
  name: "flashed",
  parameters: z.strictObject(BootWatchParameters),
  methods: { boot: { "usb-flash": z.strictObject({ image: Artifact, ...bootKeys }) } },
  boot: {
    "usb-flash": (boot, device) =>
      sequence("flash-and-boot", `flash ${device.name} and boot it`, [
        connectDevice(),
        defineAction({
          name: "write-image",
          description: `write ${boot.image.url}`,
          run: async ({ fetch, command, log }) => {
            const { path } = await fetch(boot.image)
            await command("write the image", ["cmp", path, path])
            log("info", `wrote ${boot.image.url}`)
          },
        }),
        resetDevice(device, boot),
        autoLogin(boot, bootWatch(device.parameters)),
      ]),
    minimal: (boot) => {
      // @ts-expect-error: the built-in method has no image
      throw new Error(boot.image)
    },
  },
})
