import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { execa } from "execa"
import { beforeAll, describe, expect, it } from "vitest"
import type { Overlay } from "../../../src/core/testshell/overlay.ts"
import { SignalParser } from "../../../src/core/testshell/signals.ts"
import {
  type DeviceShell,
  deviceShells,
  onConsole,
  overlayOf,
  runStage,
  signalsOf,
  useDirectory,
} from "./device.ts"

const directory = useDirectory()
const names = ["busybox", "dash", "bash", "bash as sh"]
let shells: ReadonlyArray<DeviceShell> = []
beforeAll(async () => {
  shells = await deviceShells(directory.path)
})
const shellOf = (name: string): DeviceShell => {
  const found = shells.find((shell) => shell.name === name)
  if (found === undefined) throw new Error(`no shell ${name}`)
  return found
}

/** The lines of a console that a test printed, without the shell's trace and the signals. */
const printed = (text: string): ReadonlyArray<string> =>
  text.split(/\r?\n/).filter((line) => line !== "" && !/^\+|<LAVA_/.test(line))

it("shellcheck has nothing to say about the scripts", async () => {
  const scripts = await readdir("device-scripts")
  expect(scripts).toContain("lava-test-case")
  const { stdout } = await execa("shellcheck", [
    "-s",
    "sh",
    ...scripts.map((name) => `device-scripts/${name}`),
  ])
  expect(stdout).toBe("")
})

describe.each(names)("on %s", (name) => {
  it("a definition says what it has to say", async () => {
    const device = shellOf(name)
    const file = join(directory.path, "output.txt")
    await writeFile(file, "from a file\n")
    const overlay = await overlayOf(directory.path, device, {
      first: {
        params: { GREETING: "it's $HOME", COUNT: 3, FLAG: true, EMPTY: null },
        run: {
          steps: [
            'echo "$GREETING|$COUNT|$FLAG|$EMPTY|$TESTRUN_ID|$UUID"',
            "lava-test-case simple --result pass",
            "lava-test-case bottles --result fail --measurement 99.50 --units 'green bottles'",
            "lava-test-set start net",
            "lava-test-case passes --shell true",
            "lava-test-case fails --shell false",
            "lava-test-set stop",
            "lava-test-case piped --shell \"echo a b | awk '{print $2}' | grep b\"",
            'lava-test-case words --shell [ -z "" ] "&&" [ "a b" = "a b" ]',
            "lava-test-case assigned --shell WORD=seen sh -c 'test $WORD = seen'",
            `lava-test-case shown --result skip --output ${file}`,
            "lava-test-case 'odd <name> *' --result unknown",
            "lava-test-reference bug --result fail --reference https://example.com/1",
            "lava-test-event 'half   way'",
            "lava-test-feedback host",
            "lava-test-feedback --namespace other",
            'lava-test-case knows --shell test "\\$TEST_CASE_ID" = knows',
            "lava-test-case wrong --result passed",
            "echo '<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=plain RESULT=pass>'",
            "lava-test-raise it is over",
          ],
        },
      },
      second: [
        "lava-test-case before --result pass",
        "sh -c 'exit 3'",
        "lava-test-case after --result pass",
      ],
    })
    const text = await runStage(device, overlay)
    expect(printed(text)).toEqual(["it's $HOME|3|True||0_first|1_1.0", "b", "from a file"])
    const caseOf = (name: string, result: string) => ({ type: "TESTCASE", case: name, result })
    const between = (name: string) => [
      { type: "STARTTC", case: name },
      { type: "ENDTC", case: name },
    ]
    expect(signalsOf(text)).toEqual([
      { type: "STARTRUN", definition: "0_first", uuid: "1_1.0" },
      caseOf("simple", "pass"),
      { ...caseOf("bottles", "fail"), measurement: "99.50", units: "green_bottles" },
      { type: "TESTSET", action: "START", set: "net" },
      ...between("passes"),
      caseOf("passes", "pass"),
      ...between("fails"),
      caseOf("fails", "fail"),
      { type: "TESTSET", action: "STOP" },
      ...between("piped"),
      caseOf("piped", "pass"),
      ...between("words"),
      caseOf("words", "pass"),
      ...between("assigned"),
      caseOf("assigned", "pass"),
      ...between("shown"),
      caseOf("shown", "skip"),
      caseOf("odd_name_*", "unknown"),
      { type: "TESTREFERENCE", case: "bug", result: "fail", reference: "https://example.com/1" },
      { type: "TESTEVENT", message: "half way" },
      { type: "TESTFEEDBACK", namespace: "host" },
      { type: "TESTFEEDBACK", namespace: "other" },
      ...between("knows"),
      caseOf("knows", "pass"),
      {
        type: "UNREADABLE",
        case: "wrong",
        reason: 'the result "passed" is not one of pass, fail, skip, unknown',
        text: expect.stringMatching(
          /^<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=wrong RESULT=passed #0\.\d+\.\d+\.\d+>$/,
        ),
      },
      caseOf("plain", "pass"),
      { type: "TESTRAISE", message: "it is over" },
      { type: "ENDRUN", definition: "0_first", uuid: "1_1.0", exit: 1 },
      { type: "STARTRUN", definition: "1_second", uuid: "1_1.1" },
      caseOf("before", "pass"),
      { type: "ENDRUN", definition: "1_second", uuid: "1_1.1", exit: 3 },
      { type: "EXIT" },
    ])
  })

  it("a definition is installed before it runs, and does not run if that fails", async () => {
    const device = shellOf(name)
    const overlay = await overlayOf(directory.path, device, {
      good: {
        params: { WORD: "seen" },
        install: { steps: ["false", 'echo "installing: $WORD"'] },
        run: { steps: ["lava-test-case ran --result pass"] },
      },
      bad: {
        install: { steps: ["true", "false"] },
        run: { steps: ["lava-test-case ran --result pass"] },
      },
      after: ["lava-test-case ran --result pass"],
    })
    const text = await runStage(device, overlay)
    expect(printed(text)).toContain("installing: seen")
    expect(signalsOf(text)).toEqual([
      { type: "STARTRUN", definition: "0_good", uuid: "1_1.0" },
      { type: "TESTCASE", case: "ran", result: "pass" },
      { type: "ENDRUN", definition: "0_good", uuid: "1_1.0", exit: 0 },
      { type: "INSTALL_FAIL", definition: "1_bad" },
      { type: "STARTRUN", definition: "2_after", uuid: "1_1.2" },
      { type: "TESTCASE", case: "ran", result: "pass" },
      { type: "ENDRUN", definition: "2_after", uuid: "1_1.2", exit: 0 },
      { type: "EXIT" },
    ])
  })

  it("several processes write signals at once", async () => {
    const device = shellOf(name)
    const burst = (which: string) =>
      `(i=0; while [ $i -lt 25 ]; do lava-test-case ${which}$i --result pass; i=$((i + 1)); done) &`
    const overlay = await overlayOf(directory.path, device, {
      many: ["set +x", ...["a", "b", "c", "d"].map(burst), "wait"],
    })
    const parser = new SignalParser({ stage: "0" })
    const signals = parser.push(await runStage(device, overlay))
    expect(parser.request()).toBeUndefined()
    const cases = signals.flatMap((signal) => (signal.type === "TESTCASE" ? [signal.case] : []))
    expect(new Set(cases).size).toBe(100)
    expect(signals).toHaveLength(103)
  })

  it("a background process ends with all that it started", async () => {
    const device = shellOf(name)
    const overlay = await overlayOf(directory.path, device, {
      background: [
        "lava-background-process-start MON --cmd 'echo started; sleep 1000 & echo $! > child; wait'",
        "while ! [ -s child ]; do sleep 0.1; done",
        "lava-background-process-stop MON",
        // One that has ended is listed for as long as nobody takes notice, which takes an init.
        'lava-test-case gone --shell "! grep -qs State:.[^Z] /proc/$(cat child)/status"',
        'lava-test-case kept --shell grep started "$LAVA_SIGNALS/background/MON.log"',
        "lava-background-process-stop MON && exit 1 || true",
      ],
    })
    expect(signalsOf(await runStage(device, overlay))).toMatchObject([
      { type: "STARTRUN" },
      { type: "STARTTC" },
      { type: "ENDTC" },
      { type: "TESTCASE", case: "gone", result: "pass" },
      { type: "STARTTC" },
      { type: "ENDTC" },
      { type: "TESTCASE", case: "kept", result: "pass" },
      { type: "ENDRUN", exit: 0 },
      { type: "EXIT" },
    ])
  })

  it("signals that were lost are printed again", async () => {
    const device = shellOf(name)
    const overlay = await overlayOf(directory.path, device, {
      again: ["for i in 1 2 3 4 5 6 7 8 9; do lava-test-case case$i --result pass; done"],
    })
    const lines = (await runStage(device, overlay)).split("\n")
    const parser = new SignalParser({ stage: "0" })
    const lost = /case[2458] |ENDRUN|EXIT/
    const live = lines.flatMap((line) => (lost.test(line) ? [] : parser.push(`${line}\n`)))
    expect(live).toHaveLength(2)
    expect(parser.missing()).toEqual([3, 5, 6, 9])
    expect(parser.request()).toBe("3 5-6 9 11-")
    const text = await onConsole(
      device,
      `${overlay.directory}/bin/lava-signals 0 ${parser.request()}`,
    )
    expect([...live, ...parser.recover(text)]).toEqual(signalsOf(lines.join("\n")))
    expect(parser.request()).toBeUndefined()
    expect(parser.end()).toEqual([])
  })

  it("a lock that its owner left behind holds nobody up", async () => {
    const device = shellOf(name)
    const overlay = await overlayOf(directory.path, device, {
      locked: ['echo 999999999 > "$LAVA_SIGNALS/lock"', "lava-test-case unlocked --result pass"],
    })
    const parser = new SignalParser({ stage: "0" })
    const text = await runStage(device, overlay)
    expect(parser.push(text)).toContainEqual({ type: "TESTCASE", case: "unlocked", result: "pass" })
    expect(text).toMatch(/unlocked RESULT=pass #0\.2\./)
  })

  it("signals are plain where there is no place to keep them", async () => {
    const device = shellOf(name)
    const overlay = await overlayOf(directory.path, device, {
      plain: ["lava-test-case kept --result pass"],
    })
    await writeFile(join(overlay.directory, "results", "0"), "not a directory")
    const text = await runStage(device, overlay)
    expect(text).toContain("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=kept RESULT=pass>")
    expect(text).toContain("signals will not be numbered")
    expect(signalsOf(text).map(({ type }) => type)).toEqual([
      "STARTRUN",
      "TESTCASE",
      "ENDRUN",
      "EXIT",
    ])
  })

  it("what is interrupted ends in order", async () => {
    const device = shellOf(name)
    const overlay = await overlayOf(directory.path, device, {
      stopped: ["sleep 0.3 && kill -INT 0 & sleep 1000"],
      after: ["lava-test-case ran --result pass"],
    })
    const signals = signalsOf(await runStage(device, overlay))
    expect(signals).toEqual([
      { type: "STARTRUN", definition: "0_stopped", uuid: "1_1.0" },
      { type: "ENDRUN", definition: "0_stopped", uuid: "1_1.0", exit: 130 },
      { type: "EXIT" },
    ])
  })

  it("packages are installed by the package manager that there is", async () => {
    const device = shellOf(name)
    const programs = join(directory.path, `programs-${name.replaceAll(" ", "-")}`)
    const calls: Readonly<Record<string, ReadonlyArray<string>>> = {
      "apt-get": ["update -q", "install -q -y curl git"],
      dnf: ["install -y curl git"],
      zypper: ["--non-interactive install curl git"],
      apk: ["add --update-cache curl git"],
      opkg: ["update", "install curl git"],
      pacman: ["-Sy --noconfirm --needed curl git"],
    }
    // Stand-ins, which say how they are called: no machine has them all.
    for (const program of Object.keys(calls)) {
      await mkdir(join(programs, program), { recursive: true })
      const script = `#!/bin/sh\necho "${program} $*"\n`
      await writeFile(join(programs, program, program), script, { mode: 0o755 })
    }
    const overlay = await overlayOf(directory.path, device, {
      packages: {
        run: {
          steps: [
            "set +x",
            "helpers=$PATH; helpers=${helpers%%:*}",
            ...Object.keys(calls).map(
              (program) => `PATH=${programs}/${program} "$helpers/lava-install-packages" curl git`,
            ),
            '! PATH=/nowhere "$helpers/lava-install-packages" curl',
          ],
        },
      },
    })
    const text = await runStage(device, overlay)
    expect(printed(text)).toEqual([
      ...Object.entries(calls).flatMap(([program, all]) => all.map((call) => `${program} ${call}`)),
      "lava-install-packages: this system has no package manager that is known here; wanted: curl",
    ])
  })

  it("a test's shell is /bin/sh where there is not the one that LAVA takes", async () => {
    const device = shellOf(name)
    const overlay = await overlayOf(
      directory.path,
      device,
      { shell: ['echo "by $LAVA_SHELL"'] },
      { testShell: "/nowhere/bash" },
    )
    expect(printed(await runStage(device, overlay))).toEqual(["by /bin/sh"])
  })

  it("facts about the device and its system are printed", async () => {
    const device = shellOf(name)
    const lists = join(directory.path, `apt-${name.replaceAll(" ", "-")}`)
    await mkdir(lists)
    await writeFile(join(lists, "my.key"), "-----BEGIN PGP PUBLIC KEY BLOCK-----\n")
    const overlay = await overlayOf(
      directory.path,
      device,
      {
        facts: [
          "set +x",
          "lava-target-ip; lava-target-mac; lava-target-storage; lava-target-storage SATA",
          "lava-target-storage none || echo no such storage",
          "lava-probe-ip 2>/dev/null || echo no probe",
          "lava-echo-ipv4 lo",
          '. /etc/os-release; [ "$(lava-os-build)" = "$PRETTY_NAME" ] && echo the same system',
          `export APT_SOURCES=${lists} APT_KEYRINGS=${lists}`,
          "lava-add-sources deb http://example.com/debian stable main",
          `lava-add-keys ${lists}/my.key`,
          'echo "$LAVA_JOB_ID $SPECIAL"; . "${LAVA_SIGNALS%/results/*}/secrets"; echo "$TOKEN"',
        ],
      },
      {
        environment: { LAVA_JOB_ID: "1", SPECIAL: "a 'b'" },
        secrets: { TOKEN: "s e c" },
        target: {
          ip: "10.0.0.2",
          mac: "52:54:00:aa:00:01",
          storage: { UMS: "/dev/disk/by-id/usb", SATA: "/dev/sda" },
        },
      },
    )
    expect(printed(await runStage(device, overlay))).toEqual([
      "10.0.0.2",
      "52:54:00:aa:00:01",
      "UMS\t/dev/disk/by-id/usb",
      "SATA\t/dev/sda",
      "/dev/sda",
      "no such storage",
      "no probe",
      "127.0.0.1",
      "the same system",
      "1 a 'b'",
      "s e c",
    ])
    expect(await readFile(join(lists, "lava.list"), "utf8")).toBe(
      "deb http://example.com/debian stable main\n",
    )
    expect(await readFile(join(lists, "lava-my.asc"), "utf8")).toContain("BEGIN PGP")
    expect((await stat(join(overlay.directory, "secrets"))).mode & 0o777).toBe(0o600)
  })

  it("wrong arguments are explained", async () => {
    const device = shellOf(name)
    const overlay = await overlayOf(directory.path, device, {
      wrong: [
        "set +x",
        "lava-test-case || true",
        "lava-test-case only-id || true",
        "lava-test-case a --result || true",
        "lava-test-set begin || true",
        "lava-test-reference a --result pass || true",
      ],
    })
    const text = await runStage(device, overlay)
    expect(text).toContain("lava-test-case: the id of the test case is missing")
    expect(text).toContain("lava-test-case: neither --result nor --shell is given for only-id")
    expect(text).toContain("lava-test-case: --result needs a value")
    expect(text).toContain("usage: lava-test-set start NAME")
    expect(text).toContain("usage: lava-test-reference ID --result")
    expect(signalsOf(text).map(({ type }) => type)).toEqual(["STARTRUN", "ENDRUN", "EXIT"])
  })
})

it("a signal from outside a run is plain, and the run's own come with their stage", async () => {
  const device = shellOf("dash")
  const overlay: Overlay = await overlayOf(directory.path, device, { none: [] })
  const text = await onConsole(
    device,
    `${overlay.directory}/bin/lava-test-case alone --result pass`,
  )
  expect(text).toBe("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=alone RESULT=pass>\r\n")
  await rm(overlay.directory, { recursive: true })
})
