import type { SoftRebootKeys } from "../../actions/power/soft-reboot.ts"
import type { BootWatch } from "../../actions/boot/wait-for-system.ts"
import type { DictionaryParameters } from "../../core/lab/dictionary.ts"
import type { LoaderName } from "./boot-loaders.ts"

/** How boots are followed, as a dictionary's constants say. */
export const watchOf = (
  { actions, constants }: DictionaryParameters,
  loader?: LoaderName,
): BootWatch => {
  const bootMessage = loader && actions?.boot?.methods?.[loader]?.parameters?.boot_message
  return {
    errorMessages: (loader && constants?.[loader]?.["error-messages"]) ?? [],
    kernelStart: bootMessage ?? constants?.["kernel-start-message"],
  }
}

/** A boot block with what a dictionary says in place of what the job does not. */
export const withSoftReboot = <Boot extends SoftRebootKeys>(
  boot: Boot,
  { commands, constants }: DictionaryParameters,
): Boot => {
  const shutdown = constants?.["shutdown-message"]
  return {
    ...boot,
    soft_reboot:
      boot.soft_reboot ?? (commands?.soft_reboot.length ? commands.soft_reboot : undefined),
    parameters: {
      ...(shutdown !== undefined && { "shutdown-message": shutdown }),
      ...boot.parameters,
    },
  }
}

/** As `withSoftReboot`, for a boot by typing to a boot loader. */
export const withFinalMessage = <
  Boot extends SoftRebootKeys & {
    readonly parameters?: { readonly "bootloader-final-message"?: string | undefined } | undefined
  },
>(
  boot: Boot,
  parameters: DictionaryParameters,
  loader: LoaderName,
): Boot => {
  const { parameters: messages, ...said } = withSoftReboot(boot, parameters)
  const final = parameters.constants?.[loader]?.["final-message"]
  return {
    ...boot,
    ...said,
    parameters: {
      ...(final !== undefined && { "bootloader-final-message": final }),
      ...messages,
    },
  }
}
