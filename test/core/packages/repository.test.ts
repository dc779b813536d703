import { describe, expect, it } from "vitest"
import { within, type Repository } from "../../../src/core/packages/repository.ts"
import { loadLab } from "../../../src/index.ts"
import { directoryWith } from "../../cli/command.ts"

const load = async (repositories: unknown): Promise<ReadonlyArray<Repository>> => {
  const directory = directoryWith({ "lab.json": { repositories, devices: {} } })
  return (await loadLab(`${directory}/lab.json`)).repositories.map(
    (each) => JSON.parse(JSON.stringify(each).replaceAll(directory, "")) as Repository,
  )
}

describe("the lab file's repositories", () => {
  it("are directories and URLs", async () => {
    const host = { login: { host: "host", port: 22, user: "lab" }, path: "/srv/p" }
    expect(await load(["packages", "http://host/p", "ssh://lab@host/srv/p"])).toEqual([
      {
        name: "packages",
        kind: "builtin",
        fetch: { type: "file", path: "/packages" },
        upload: { type: "file", path: "/packages" },
      },
      { name: "http://host/p", kind: "builtin", fetch: { type: "http", url: "http://host/p" } },
      {
        name: "ssh://lab@host/srv/p",
        kind: "builtin",
        fetch: { type: "ssh", ...host },
        upload: { type: "ssh", ...host },
      },
    ])
  })

  it("may be put where another URL serves them", async () => {
    const entry = {
      name: "ours",
      kind: "custom",
      fetch: "https://host/p",
      upload: "ssh://host:2222/srv/p",
      ssh: { identity_file: "key", host_key: `SHA256:${"a".repeat(43)}` },
    }
    expect(await load([entry])).toEqual([
      {
        name: "ours",
        kind: "custom",
        fetch: { type: "http", url: "https://host/p" },
        upload: {
          type: "ssh",
          path: "/srv/p",
          login: {
            host: "host",
            port: 2222,
            identity_file: "/key",
            host_key: entry.ssh.host_key,
          },
        },
      },
    ])
  })

  it.each([
    [
      [{ fetch: "http://host/p", upload: "http://host/p" }],
      /repositories\[0\]\.upload: .*nothing is uploaded by http/,
    ],
    [["ftp://host/p"], /repositories\[0\]: expected a directory, or a URL/],
    [["ssh://host:x/p"], /repositories\[0\]: expected a directory, or a URL/],
    [[{ fetch: "p", kind: "other" }], /repositories\[0\]\.kind: .*"builtin" \| "custom"/],
    [
      [{ name: "a", fetch: "p" }, "q", { name: "a", fetch: "r" }],
      /repositories\[2\]\.name: expected a name that no other/,
    ],
    [
      ["p", "p"],
      /lab\.json:\d+:\d+ repositories\[1\]: expected a name that no other repository has/,
    ],
    [[{ fetch: "ssh://h/p", ssh: { passphrase: "x" } }], /repositories\[0\]\.ssh: .*identity_file/],
  ])("refuse %j", async (repositories, message) => {
    await expect(load(repositories)).rejects.toThrow(message)
  })

  it("have a place for every name", () => {
    const http = { type: "http", url: "http://host/p/?token=1" } as const
    expect(within(http, "a b/c%?.deb")).toEqual({
      type: "http",
      url: "http://host/p/a%20b/c%25%3F.deb?token=1",
    })
    expect(within({ type: "file", path: "/p" }, "a/b%20")).toEqual({
      type: "file",
      path: "/p/a/b%20",
    })
  })
})
