import type { SshSettings } from "../../core/console/ssh/settings.ts"
import { isLogin } from "../../core/lab/connection.ts"
import type { Device } from "../../core/lab/device.ts"
import { ConfigurationError } from "../../core/pipeline/errors.ts"

/** How a device is logged in to by ssh. Throws ConfigurationError where its console is no such login. */
export const hostLogin = (device: Device): SshSettings => {
  const { name, console } = device
  if (console?.ssh && isLogin(device)) return console.ssh
  throw new ConfigurationError({
    message: `${name} cannot be logged in to: give its "console" in the lab file an "ssh" without a "command"`,
    device: name,
  })
}
