import type { Draft } from "../dialect/draft.ts"
import { usualPrompts } from "../dialect/usual-prompts.ts"
import * as z from "zod"
import { type Step, text } from "./command.ts"

/** What a deploy says of how to log in to what it deploys. */
export const loginParameters = {
  login_prompt: text.optional(),
  username: z.string().optional(),
  password_prompt: text.optional(),
  password: z.string().optional(),
  login_commands: z.array(text).optional(),
}

/** See the parameters of the same name. */
export type LoginParameters = z.output<z.ZodObject<typeof loginParameters>>

/** `auto_login` of a boot, from what the deploy says; undefined where the system asks for nobody. */
export const autoLogin = (
  { login_prompt, username, password_prompt, password, login_commands }: LoginParameters,
  { translator: { draft }, at }: Step,
): object | undefined => {
  if (login_prompt === undefined) {
    for (const [key, value] of Object.entries({ username, password_prompt, login_commands })) {
      if (value !== undefined) draft.lost(at(key), "says nothing without a login_prompt")
    }
    return undefined
  }
  if (username === undefined) {
    draft.wrong(at("login_prompt"), "needs a username: who is to log in?")
    return undefined
  }
  if (password_prompt !== undefined && password === undefined) {
    draft.wrong(at("password_prompt"), "needs a password to answer it")
  }
  const asked = password_prompt !== undefined && password !== undefined
  if (password !== undefined && !asked) {
    draft.lost(at("password"), "is never typed without a password_prompt")
  }
  return draft.from(at("login_prompt"), {
    login_prompt: pattern(login_prompt),
    username,
    ...(asked && { password_prompt: pattern(password_prompt), password }),
    ...(login_commands && { login_commands: draft.from(at("login_commands"), login_commands) }),
  })
}

/** The prompts of a boot: the job's own, and those that every device waited for. */
export const promptsWith = (
  draft: Draft,
  own: string | undefined,
  step: Step,
): ReadonlyArray<string> => {
  if (own === undefined) {
    const prompts = draft.from(step.path, [...usualPrompts])
    draft.changed(
      step.path,
      "the prompts that devices waited for by themselves are written out; better name this system's own",
    )
    return prompts
  }
  return draft.from(step.at("test_image_prompt"), [pattern(own), ...usualPrompts])
}

/** A regular expression stays one; what is none is meant as the text it is. */
const pattern = (text: string): string => {
  try {
    void new RegExp(text)
    return text
  } catch {
    return text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
  }
}
