import * as z from "zod"
import { type Command, command } from "./command.ts"

/** `dummy_deploy`: the device has its system already. */
export const dummyDeploy: Command = command(
  { target_type: z.enum(["ubuntu", "oe", "android", "fedora"]).optional() },
  ({ target_type: type }, step) => {
    const { translator, path, at } = step
    if (type === "android") {
      return translator.draft.wrong(
        at("target_type"),
        "cannot be translated: Android is reached by adb; use `boot` with `method: fastboot`",
      )
    }
    translator.draft.changed(path, "deploys nothing: left out; the device is taken as it runs")
    const plugin = translator.pluginOf(translator.deviceOf(step))
    translator.deploy(step, undefined, {
      method:
        plugin === "ssh"
          ? { method: "ssh", connection: "ssh" }
          : { method: "minimal", reset: false },
      running: true,
    })
  },
)
