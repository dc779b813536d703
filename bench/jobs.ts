// Jobs on scripted boards: one from a cold start, many at once, and validation, beside LAVA's dispatcher from Debian.
// Run: node bench/jobs.ts [rounds]      Needs: netcat-openbsd socat; for LAVA root and apt-get
import { mkdtempSync, rmSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { build } from "./build.ts"
import { measureOne } from "./job-alone.ts"
import { measureMany } from "./jobs-at-once.ts"
import { prepareLava } from "./lava.ts"

const rounds = Number(process.argv[2] ?? 15)
const root = build()
const directory = mkdtempSync(join(tmpdir(), "bench-jobs-"))
const lava = prepareLava(join(directory, "lava"))
try {
  console.log(`best and median of ${rounds} runs; load average ${loadavg()[0]!.toFixed(1)}\n`)
  await measureOne(root, directory, lava, rounds)
  await measureMany(root, directory, lava, Math.ceil(rounds / 3))
} finally {
  lava?.close()
  rmSync(directory, { recursive: true })
}
