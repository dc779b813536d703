import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { rolesJob, runRoles, twoBoards } from "../../two-boards.ts"
import { loginBoot, testOf } from "../run-on-board.ts"

const transfer = (from: string, to: string, keys: object = {}) => ({
  transfer: { from: { role: "dev2", path: from }, to: { role: "prod", path: to }, ...keys },
})

/** Makes a file of this many bytes on dev2; for a test of the checksum on prod. */
const makeFile = (path: string, bytes: number, keys: object = {}) =>
  testOf([`mkdir -p /root/out; head -c ${bytes} /dev/zero | tr '\\0' x > ${path}`], "make", {
    role: "dev2",
    ...keys,
  })

const checkFile = (path: string, bytes: number) => {
  const sum = createHash("sha256").update("x".repeat(bytes)).digest("hex")
  return testOf([`lava-test-case whole --shell "echo '${sum}  ${path}' | sha256sum -c"`], "check", {
    role: "prod",
  })
}

const wholeOf = (run: Awaited<ReturnType<typeof runRoles>>) =>
  run.cases.find((each) => each.case === "whole")?.result

describe("a transfer from role to role", () => {
  it("brings the one file that matches, whole, into a directory, and tells of it once", async () => {
    const lab = await twoBoards()
    const bytes = 3_000_000
    const job = rolesJob([
      makeFile("/root/out/my_1.0_all.deb", bytes),
      transfer("/root/out/my_*.deb", "/root/in/"),
      checkFile("/root/in/my_1.0_all.deb", bytes),
    ])
    const run = await runRoles(lab, job)
    expect(run.error).toBeUndefined()
    expect(wholeOf(run)).toBe("pass")
    const told = run.messages.filter((message) => message.includes("transferred"))
    expect(told).toHaveLength(1)
    expect(told[0]).toMatch(
      /^prod: transferred my_1\.0_all\.deb, 3000000 bytes with sha256 [0-9a-f]{64}, from one:\/root\/out\/my_1\.0_all\.deb to two:\/root\/in\/my_1\.0_all\.deb/,
    )
  })

  it("goes over the console where the systems have no netcat and no wget", async () => {
    const lab = await twoBoards()
    const bytes = 500_000
    const without =
      "mkdir bin; ln -s /opt/busybox/* /usr/bin/* bin/ 2> /dev/null; rm -f bin/nc bin/wget; PATH=/root/bin"
    const { boot } = loginBoot()
    const bare = { ...boot, auto_login: { ...boot.auto_login, login_commands: [without] } }
    const job = rolesJob([
      makeFile(`"/root/it's a file"`, bytes),
      transfer("/root/it's a f*", "/root/other"),
      checkFile("/root/other", bytes),
    ])
    const run = await runRoles(lab, { ...job, actions: [{ boot: bare }, ...job.actions.slice(1)] })
    expect(run.error).toBeUndefined()
    expect(wholeOf(run)).toBe("pass")
    expect(run.messages).toContain(
      "dev2: it's a file is read over the console, since the device has no nc",
    )
    expect(run.messages).toContain(
      "prod: it's a file is typed over the console, since the device has no wget",
    )
  })

  it("says which files match, where it is not one", async () => {
    const lab = await twoBoards()
    const job = rolesJob([
      testOf(["touch /root/a.deb /root/b.deb"], "make", { role: "dev2" }),
      transfer("/root/*.deb", "/root/"),
    ])
    const run = await runRoles(lab, job)
    expect(run.error?.message).toBe(
      'expected one file that is "/root/*.deb" on the device, found /root/a.deb, /root/b.deb',
    )
    const prod = run.nodes?.find(({ node }) => node === "prod")
    expect(prod?.error?.message).toMatch(
      /^waited for dev2 with the file \/root\/\*\.deb, but dev2 failed: /,
    )
  })

  it("fails at once where the other side has failed before", async () => {
    const lab = await twoBoards()
    const job = rolesJob([
      testOf(["lava-test-raise no-luck"], "fails", { role: "prod" }),
      makeFile("/root/a.deb", 10),
      transfer("/root/a.deb", "/root/"),
    ])
    const start = performance.now()
    const run = await runRoles(lab, job)
    expect(performance.now() - start).toBeLessThan(20_000)
    const dev2 = run.nodes?.find(({ node }) => node === "dev2")
    expect(dev2?.error?.message).toMatch(
      /^waited for prod to take a\.deb, but prod failed: .*no-luck/,
    )
    expect(run.error?.message).toContain("no-luck")
  })

  it("says who did not come in time", async () => {
    const lab = await twoBoards()
    const job = rolesJob([
      testOf(["sleep 6"], "slow", { role: "dev2" }),
      transfer("/root/a.deb", "/root/", { timeout: { seconds: 2 } }),
    ])
    const run = await runRoles(lab, job)
    expect(run.error?.message).toMatch(
      /^waited \d.* s for dev2 with the file \/root\/a\.deb: dev2 did not come so far/,
    )
  })
})
