import * as Effect from "effect/Effect"
import type { Console } from "../../core/console/console.ts"
import type { Pattern } from "../../core/console/pattern.ts"
import { makeShell } from "../../core/console/shell.ts"
import { WaitFailure } from "../../core/console/wait-failure.ts"
import type { Blocks } from "../../core/job/v2/job.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { type DispatchError, JobError } from "../../core/pipeline/errors.ts"
import { setData } from "../../core/pipeline/job-data.ts"
import { part } from "../../core/pipeline/part.ts"
import { BootLoaderPrompt, DeviceShell, deviceConsole, waitFor } from "../connection.ts"
import { reportingKernelMessages } from "./kernel-messages.ts"
import { type BootWatch, kernelStarted, waitForSystem } from "./wait-for-system.ts"

/** The keys of a boot block that say how the booted system is recognised and entered. */
export type LoginKeys = Pick<
  Exclude<Blocks["boot"], { method: "self-reboot" | "bootloader" }>,
  "prompts" | "auto_login" | "failure_message" | "ignore_kernel_messages" | "parameters"
>

/** Where nothing is said of the shell's prompt. */
const usualPrompts = [String.raw`[#$] $`]

/**
 * Waits for the booted system, logs in, and leaves a shell to the later actions (`DeviceShell`). Fails with JobError
 * where the system does not come up or refuses the login, and as `waitFor` does.
 *
 * @param boot how to follow the boot, where the device was just reset; else the system is there already
 */
export const autoLogin = (keys: LoginKeys, boot: BootWatch | undefined): Action<JobServices> =>
  action({
    name: "auto-login-action",
    description: keys.auto_login
      ? `wait for "${keys.auto_login.login_prompt}" and log in as ${keys.auto_login.username}`
      : "wait for the shell's prompt",
    run: Effect.gen(function* () {
      const console = yield* deviceConsole
      const watch = boot && followedAsSaid(boot, keys)
      const allowPanic = keys.ignore_kernel_messages ?? false
      const upAt = keys.auto_login ? [loginPrompt(keys.auto_login)] : []
      const started = watch && (yield* kernelStarted(watch, { allowPanic }, upAt))
      const login = logIn(console, keys, started)
      yield* part(
        "login-action",
        keys.ignore_kernel_messages ? login : reportingKernelMessages(console, login),
      )
    }),
  })

const logIn = (
  console: Console,
  keys: LoginKeys,
  boot: BootWatch | undefined,
): Effect.Effect<void, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const allowPanic = keys.ignore_kernel_messages ?? false
    const login = keys.auto_login
    const prompts = (keys.prompts ?? usualPrompts).map((prompt): Pattern => ({
      name: "prompt",
      pattern: new RegExp(prompt),
    }))
    const failure: ReadonlyArray<Pattern> = keys.failure_message
      ? [{ name: "failure", pattern: new RegExp(keys.failure_message) }]
      : []
    let watch = boot
    const expecting = (
      what: string,
      patterns: ReadonlyArray<Pattern>,
      options?: Parameters<typeof waitFor>[2],
    ) =>
      Effect.gen(function* () {
        const wanted = [...patterns, ...failure]
        const match = yield* watch
          ? waitForSystem(what, wanted, watch, { allowPanic })
          : waitFor(what, wanted, { ...options, allowPanic, isAnswer: true })
        watch = undefined
        if (match.name !== "failure") return match
        return yield* new JobError({
          message: `the boot failed: the console shows "${match.text.trim()}"`,
          cause: new WaitFailure("failure_message", match.text.trim()),
        })
      })

    if (login) {
      yield* expecting(`the login prompt "${login.login_prompt}"`, [loginPrompt(login)])
      yield* console.sendLine(login.username)
      const first = yield* expecting(`an answer to the user name "${login.username}"`, [
        ...(login.password_prompt === undefined
          ? []
          : [{ name: "password", pattern: new RegExp(login.password_prompt) }]),
        ...refusals,
        ...prompts,
      ])
      yield* refuse(first.name, login.username)
      if (first.name === "password") {
        yield* console.sendLine(login.password ?? "", { secret: true })
        const second = yield* expecting(
          `the shell's prompt after the password`,
          [...refusals, ...prompts],
          { promptFrom: "system" },
        )
        yield* refuse(second.name, login.username)
      }
      for (const command of login.login_commands ?? []) {
        yield* console.sendLine(command)
        yield* expecting(`the shell's prompt after "${command}"`, prompts, {
          promptFrom: "system",
        })
      }
    } else {
      yield* expecting("the shell's prompt", prompts)
    }
    yield* setData(DeviceShell, yield* makeShell(console, prompts))
    yield* setData(BootLoaderPrompt, undefined)
  })

/** The job's kernel-start-message over the device type's; an empty one says not to wait for the kernel. */
const followedAsSaid = (boot: BootWatch, { parameters }: LoginKeys): BootWatch => {
  const message = parameters?.["kernel-start-message"]
  if (message === undefined) return boot
  return { ...boot, kernelStart: message === "" ? undefined : message }
}

const loginPrompt = ({ login_prompt }: NonNullable<LoginKeys["auto_login"]>): Pattern => ({
  name: "login",
  pattern: new RegExp(login_prompt),
})

const refusals: ReadonlyArray<Pattern> = [
  { name: "Login incorrect", pattern: /Login incorrect/ },
  { name: "Login timed out", pattern: /Login timed out/ },
]

const refuse = (answer: string, username: string) =>
  refusals.some(({ name }) => name === answer)
    ? Effect.fail(
        new JobError({
          message: `the device refused the login of "${username}" with "${answer}": check auto_login's username and password`,
        }),
      )
    : Effect.void
