// A device plugin as its author writes it, in a file that a lab names.
import {
  action,
  autoLogin,
  BootWatchParameters,
  bootWatch,
  connectDevice,
  defineDevicePlugin,
  log,
  resetDevice,
  sequence,
} from "lab-dispatch"
import * as z from "zod"

export default defineDevicePlugin({
  name: "greeter",
  parameters: z.strictObject({ ...BootWatchParameters, greeting: z.string() }),
  boot: {
    minimal: (boot, device) =>
      sequence("greet-and-boot", `greet ${device.name} and boot it`, [
        action({
          name: "greet",
          description: "say hello",
          run: log("info", `${device.parameters.greeting}, ${device.name}`),
        }),
        connectDevice(),
        resetDevice(device, boot),
        autoLogin(boot, bootWatch(device.parameters)),
      ]),
  },
})
