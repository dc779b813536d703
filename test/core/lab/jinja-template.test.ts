import { execFileSync, spawnSync } from "node:child_process"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { renderTemplate } from "../../../src/core/lab/jinja-template.ts"
import { asError } from "../../../src/core/pipeline/run.ts"
import { InvalidFile } from "../../../src/core/source/invalid-file.ts"
import { directoryWith } from "../../cli/command.ts"

/** What LAVA's device types do, each in a template of its own; others stand beside it. */
const features: ReadonlyArray<readonly [name: string, text: string, rendered: unknown]> = [
  [
    "a child's variables in what it extends",
    "{% extends 'base.jinja2' %}\n{% set console = 'ttyS1' %}\n",
    { speed: 115200, args: ["console=ttyS1,115200n8"], own: null },
  ],
  [
    "a block with what it replaces",
    "{% extends 'base.jinja2' %}\n{% block body %}\n{{ super() }}\nown: {{ speed|default(9600) }}\n{% endblock %}\n",
    { speed: 115200, args: ["console=ttyS0,115200n8"], own: 9600 },
  ],
  [
    "lists that are added and joined into quoted items",
    `{% set one = ["setenv a b"] %}{% set all = one + ["dhcp", "boot"] -%}\nc:\n  - "{{ all|join('"\\n  - "') }}"\n`,
    { c: ["setenv a b", "dhcp", "boot"] },
  ],
  [
    "mappings, loops and tests",
    "{% set users = {'on': {'do': 'relay 1', 'undo': 'relay 0'}, 'led': {'do': 'led'}} %}\n{% for name, each in users.items() %}\n{{ name }}:\n  do: {{ each.do }}\n{% if 'undo' in each %}\n  undo: {{ each.get('undo') }}\n{% endif %}\n{% endfor %}\nlist: {{ users is not string and users is mapping }}\n",
    { led: { do: "led" }, on: { do: "relay 1", undo: "relay 0" }, list: true },
  ],
  [
    "macros and imports",
    "{% from 'macros.jinja2' import load with context %}\n{% import 'macros.jinja2' as m %}\na: {{ load('KERNEL') }}\nb: {{ m.load('DTB', 'usb') }}\n",
    { a: "tftp {KERNEL_ADDR} {KERNEL}", b: "usb {DTB_ADDR} {DTB}" },
  ],
  [
    "filters with names for what they take, and filtered blocks",
    "a:\n    {% filter indent(width=4) -%}\n- x\n- y\n{% endfilter %}\n\nb: {{ 'baud_rate,n' | replace('baud_rate', 9600) }}\nc: {{ 'p%s' | format(1) }}\n",
    { a: ["x", "y"], b: "9600,n", c: "p1" },
  ],
  [
    "arithmetic of texts, and values as YAML reads them",
    "{% set rate = 115200|string + 'n8' %}\na: {{ 'console=' ~ 'ttyS' ~ 0 + ',' + rate }}\nb: {{ true and not false }}\nc: {{ ['-i', '0x18D1'] }}\nd: '{{ nothing }}'\ne: {{ debug|default('debug') }}\n{# comment #}\n",
    { a: "console=ttyS0,115200n8", b: true, c: ["-i", "0x18D1"], d: "", e: "debug" },
  ],
  [
    "includes, and text that is no template",
    "{% include 'part.jinja2' %}\n\n{% raw %}\nb: '{{ c }}'\n{% endraw %}\n{% include 'none.jinja2' ignore missing %}\n",
    { part: 1, b: "{{ c }}" },
  ],
]

const others = {
  "types/base.jinja2":
    "{% set console = console|default('ttyS0') %}\n{% block body %}\n{% set speed = 115200 %}\nspeed: {{ speed }}\nargs:\n  - console={{ console }},{{ speed }}n8\n{% block nested %}{% endblock %}\nown:\n{% endblock body %}\n",
  "types/macros.jinja2":
    "{% macro load(what, by='tftp') %}{{ by }} { {{- what }}_ADDR} { {{- what }}}{% endmacro %}\n",
  "types/part.jinja2": "part: 1\n",
}

const render = (directory: string, file: string) =>
  Effect.runPromise(renderTemplate(join(directory, file), [join(directory, "types")]))

describe("a template of LAVA's", () => {
  it.each(features)("may have %s", async (_, text, rendered) => {
    const directory = directoryWith({ "device.jinja2": text, ...others })
    const value: unknown = parse(await render(directory, "device.jinja2"), { uniqueKeys: false })
    expect(value).toEqual(rendered)
  })

  it("says where a template is wrong, or is not there", async () => {
    const directory = directoryWith({
      "wrong.jinja2": "{% extends 'types/wrong.jinja2' %}\n",
      "types/wrong.jinja2": "a: 1\n\n{% if %}\n",
      "lost.jinja2": "{# {% extends 'old.jinja2' %} #}\n  {% extends 'gone.jinja2' %}\n",
      "filter.jinja2": "\n{{ 'a' | no_such_filter }}\n",
    })
    const problem = async (file: string) => {
      const exit = await Effect.runPromiseExit(renderTemplate(join(directory, file), []))
      const error = Exit.isFailure(exit) ? asError(exit.cause) : undefined
      const [first] = error instanceof InvalidFile ? error.problems : []
      return `${first?.file.replace(`${directory}/`, "")}:${first?.line}:${first?.column} ${first?.message}`
    }
    expect(await problem("wrong.jinja2")).toMatch(/^types\/wrong\.jinja2:3:1 syntax error: /)
    expect(await problem("filter.jinja2")).toMatch(/^filter\.jinja2:2:1 .*no_such_filter/)
    expect(await problem("lost.jinja2")).toBe(
      `lost.jinja2:2:3 there is no template "gone.jinja2" in ${directory}: name its directory by --path`,
    )
  })
})

const python = `
import sys, jinja2
loader = jinja2.FileSystemLoader([sys.argv[1], sys.argv[1] + "/types"])
print(jinja2.Environment(loader=loader, autoescape=False, trim_blocks=True).get_template("device.jinja2").render())
`

describe.skipIf(spawnSync("python3", ["-c", "import jinja2"]).status !== 0)(
  "beside Python's Jinja, where it is installed",
  () => {
    it.each(features)("gives the same of %s", async (_, text) => {
      const directory = directoryWith({ "device.jinja2": text, ...others })
      const theirs = execFileSync("python3", ["-c", python, directory], { encoding: "utf8" })
      const ours = await render(directory, "device.jinja2")
      expect(parse(ours, { uniqueKeys: false })).toEqual(
        parse(theirs.replaceAll(/\bTrue\b/g, "true"), { uniqueKeys: false }),
      )
    })
  },
)
