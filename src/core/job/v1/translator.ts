import type { Draft, Path } from "../dialect/draft.ts"
import type { PluginOf, WantedDevice } from "../dialect/dialect.ts"
import type { Mapping } from "../rule.ts"
import type { Step } from "./command.ts"
import type { V1Job } from "./job-file.ts"
import { promptsWith } from "./login.ts"

/** A system that was deployed: what a boot of it says. */
export interface Bootable {
  /** `{ method: "u-boot", commands: "nfs" }` */
  readonly method: Mapping & { readonly method: string }
  /** `auto_login`, where somebody must log in. */
  readonly login?: object | undefined
  /** The prompts that an earlier boot has named. */
  readonly prompts?: ReadonlyArray<string>
  /** Runs already: it is not booted again between tests. */
  readonly running?: boolean
}

/** What a boot command says beyond the deployed system. */
export interface BootWish {
  readonly prompt?: string | undefined
  /** Keys that replace those of the system's method: other commands. */
  readonly keys?: (system: Bootable) => Mapping
  readonly repeat?: number | undefined
}

/** The devices of a role, or all of a job without roles, at a moment of the job. */
interface Machine {
  system: Bootable
  booted: boolean
  /** Tests have run in a shell since it booted. */
  used: boolean
}

/** What is told to a dashboard when the job is over. */
export interface Submission {
  readonly path: Path
  readonly server: string
  readonly stream: string
  readonly token: string | undefined
}

/** The blocks of a translated job while it is made. */
export interface Translator {
  readonly draft: Draft
  readonly job: V1Job
  readonly pluginOf: PluginOf
  /** The device type or device that does a step; of several roles the first one's. */
  readonly deviceOf: (step: Step) => WantedDevice
  /** Whether the role of a step is a virtual machine on another device of the job. */
  readonly isGuest: (step: Step) => boolean
  /** What boots where nothing was deployed. */
  readonly undeployed: Bootable
  readonly deploy: (step: Step, block: object | undefined, system: Bootable) => void
  readonly boot: (step: Step, wish?: BootWish) => void
  /** Boots what has not booted; where `afresh`, also what has run tests since it did. */
  readonly ensureBooted: (step: Step, afresh: boolean) => void
  readonly test: (
    step: Step,
    block: object,
    limit?: { readonly seconds: number; readonly path: Path },
  ) => void
  /** A name for a suite of tests that no other has. */
  readonly suiteName: (wanted: string) => string
  readonly submit: (submission: Submission) => void
}

/** The blocks of a job and how long they may take in all, in seconds. */
export interface Translated {
  readonly actions: ReadonlyArray<object>
  readonly seconds: number
  readonly submissions: ReadonlyArray<Submission>
}

/** The time that each command has where neither it nor the job says one: LAVA's own default was a day for all. */
export const usualSeconds = 86_400

/** Begins to make the blocks of a job. */
export const makeTranslator = (
  base: Pick<Translator, "draft" | "job" | "pluginOf" | "deviceOf" | "isGuest" | "undeployed">,
): { readonly translator: Translator; readonly translated: () => Translated } => {
  const { draft, job } = base
  const actions: Array<object> = []
  const submissions: Array<Submission> = []
  const machines = new Map<string, Machine>()
  const names = new Map<string, number>()
  let total = 0

  const machinesOf = ({ roles }: Step): ReadonlyArray<readonly [role: string, machine: Machine]> =>
    (roles ?? [""]).map((role) => {
      const machine = machines.get(role) ?? { system: base.undeployed, booted: false, used: false }
      machines.set(role, machine)
      return [role, machine] as const
    })

  const add = (
    kind: "deploy" | "boot" | "test",
    { path }: Step,
    roles: ReadonlyArray<string> | undefined,
    block: object,
    limit: { readonly seconds: number; readonly path: Path } = {
      seconds: job.timeout ?? usualSeconds,
      path: job.timeout === undefined ? path : ["timeout"],
    },
  ): void => {
    total += limit.seconds * ("repeat" in block ? Number(block.repeat) : 1)
    const timed = {
      ...block,
      timeout: draft.from(limit.path, { seconds: limit.seconds }),
      ...(roles && { role: draft.from(path, [...roles]) }),
    }
    actions.push(draft.from(path, { [kind]: draft.from(path, timed) }))
  }

  /** One block for all roles that boot the same system; what a wish says holds for later boots, too. */
  const bootThese = (
    step: Step,
    these: ReadonlyArray<readonly [string, Machine]>,
    wish: BootWish = {},
  ): void => {
    for (const deployed of new Set(these.map(([, machine]) => machine.system))) {
      const alike = these.filter(([, machine]) => machine.system === deployed)
      const { prompt, keys, repeat } = wish
      const system: Bootable = {
        ...deployed,
        method: { ...deployed.method, ...keys?.(deployed) },
        prompts:
          deployed.prompts && prompt === undefined
            ? deployed.prompts
            : promptsWith(draft, prompt, step),
      }
      add("boot", step, step.roles && alike.map(([role]) => role), {
        ...system.method,
        prompts: system.prompts,
        ...(system.login && { auto_login: system.login }),
        ...(repeat !== undefined && { repeat }),
      })
      for (const [, machine] of alike) Object.assign(machine, { system, booted: true, used: false })
    }
  }

  const translator: Translator = {
    ...base,
    deploy: (step, block, system) => {
      for (const [, machine] of machinesOf(step)) {
        Object.assign(machine, { system, booted: false, used: false })
      }
      if (block) add("deploy", step, step.roles, block)
    },
    boot: (step, wish) => bootThese(step, machinesOf(step), wish),
    ensureBooted: (step, afresh) => {
      const off = machinesOf(step).filter(
        ([, { booted, used, system }]) => !booted || (afresh && used && !system.running),
      )
      if (off.length === 0) return
      const again = off.some(([, { booted }]) => booted)
      draft.changed(
        step.path,
        `boots the system ${again ? "again " : ""}before it begins: that is a \`boot\` of its own`,
      )
      bootThese(step, off)
    },
    test: (step, block, limit) => {
      for (const [, machine] of machinesOf(step)) machine.used = true
      add("test", step, step.roles, block, limit)
    },
    suiteName: (wanted) => {
      const plain = wanted.replace(/[^\w.+-]+/g, "-").replace(/^-+|-+$/g, "") || "tests"
      const name = plain === "lava" ? "lava-tests" : plain
      const count = (names.get(name) ?? 0) + 1
      names.set(name, count)
      return count === 1 ? name : `${name}-${count}`
    },
    submit: (submission) => submissions.push(submission),
  }
  return { translator, translated: () => ({ actions, seconds: total, submissions }) }
}
