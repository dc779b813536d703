import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { readJob } from "../../../src/core/job/definition.ts"
import { nodesOf } from "../../../src/core/job/nodes.ts"

const command = (name: string, keys: object = {}) => ({ command: { name, ...keys } })

const transfer = (from: string, to: string, keys: object = {}) => ({
  transfer: { from: { role: from, path: "/a" }, to: { role: to, path: "/b" }, ...keys },
})

const job = (roles: unknown, actions: ReadonlyArray<object>, keys: object = {}) => ({
  job_name: "several devices",
  visibility: "public",
  timeouts: { job: { minutes: 5 } },
  protocols: { "lava-multinode": { roles, timeout: { seconds: 60 } } },
  actions,
  ...keys,
})

const two = { server: { device: "a" }, client: { device_type: "b", count: 2 } }

const problemsOf = async (value: unknown): Promise<ReadonlyArray<string>> => {
  const result = await Effect.runPromise(Effect.result(readJob({ value })))
  return Result.isFailure(result)
    ? result.failure.problems.map(({ path, message }) => `${path}: ${message}`)
    : []
}

describe("a job with roles", () => {
  it("has a part for each device, with its own blocks, device and environment", async () => {
    const roles = {
      server: { device: "a", essential: true, environment: { PORT: 80 }, timeout: { minutes: 2 } },
      client: { device_type: "b", count: 2, tags: ["fast"], context: { boot_character_delay: 5 } },
    }
    const { definition } = await Effect.runPromise(
      readJob({
        value: job(roles, [
          command("all"),
          command("serve", { role: "server" }),
          command("ask", { role: ["client"] }),
          transfer("server", "client"),
        ]),
      }),
    )
    const parts = nodesOf(definition)
    expect(parts.map(({ role }) => role)).toEqual([
      { node: "server", role: "server", essential: true, waitSeconds: 120 },
      { node: "client.1", role: "client", essential: false, waitSeconds: 60 },
      { node: "client.2", role: "client", essential: false, waitSeconds: 60 },
    ])
    const done = parts.map(({ definition: { actions } }) =>
      actions.map((each) => ("command" in each ? each.command.name : Object.keys(each)[0])),
    )
    expect(done).toEqual([
      ["all", "serve", "transfer"],
      ["all", "ask", "transfer"],
      ["all", "ask", "transfer"],
    ])
    expect(parts[0]?.definition).toMatchObject({ device: "a", environment: { PORT: "80" } })
    expect(parts[1]?.definition).toMatchObject({
      device_type: "b",
      tags: ["fast"],
      context: { boot_character_delay: 5 },
    })
    expect(parts[1]?.definition.protocols).toBeUndefined()
  })

  const at = "protocols.lava-multinode.roles"
  it.each([
    [
      "keys that belong to roles",
      job(two, [command("x")], { device_type: "c", tags: ["t"], environment: {} }),
      ["device_type", "tags", "environment"].map(
        (key) => `${key}: belongs to each role in a job with roles`,
      ),
    ],
    [
      "a role without a device",
      job({ server: { essential: true } }, [command("x")]),
      [`${at}.server: names no device: give device_type or device`],
    ],
    [
      "roles that want the same device",
      job({ a: { device: "x" }, b: { device: "x", count: 2 } }, [command("x")]),
      [
        `${at}.b.device: is the device of the role "a"`,
        `${at}.b.count: one device cannot have a role several times: give device_type`,
      ],
    ],
    [
      "roles that there are not",
      job(two, [command("x", { role: ["servr", "client"] }), transfer("server", "nobody")]),
      [
        'actions[0].command.role: there is no role "servr"; did you mean "server"?',
        'actions[1].transfer.to.role: there is no role "nobody"; there are server, client',
      ],
    ],
    [
      "a role that does nothing",
      job(two, [command("x", { role: "server" })]),
      [`${at}.client: no action has this role`],
    ],
    [
      "transfers that cannot be",
      job(two, [
        transfer("client", "server"),
        transfer("server", "server"),
        transfer("server", "client", { role: ["server"] }),
        transfer("server", "client", { repeat: 2 }),
      ]),
      [
        "actions[0].transfer.from.role: has several devices: one must have the file",
        "actions[1].transfer.to.role: is the role that has the file: give another one",
        "actions[2].transfer.role: must be the roles of `from` and `to` where it is given",
        "actions[3].transfer.repeat: a file need not be transferred again: leave `repeat` away",
      ],
    ],
    [
      "a transfer without roles",
      { ...job(two, [transfer("a", "b")]), protocols: undefined, device: "a" },
      [
        "actions[0].transfer: the job has no roles: give it `protocols` with lava-multinode, or leave this away",
      ],
    ],
    [
      "other protocols, and roles that are started by others",
      job({ guest: { connection: "ssh", host_role: "host", device_type: "b" } }, [command("x")], {
        protocols: {
          "lava-vland": {},
          "lava-multinode": { roles: { guest: { connection: "ssh", device_type: "b" } } },
        },
      }),
      [
        `${at}.guest.connection: a role needs a device of its own: give it device_type or device`,
        "protocols.lava-vland: VLANs cannot be switched",
      ],
    ],
  ])("%s are refused", async (_, value, expected) => {
    expect((await problemsOf(value)).toSorted()).toEqual(expected.toSorted())
  })
})
