import { afterAll, beforeAll } from "vitest"
import { type EmulatedLab, startLab } from "./emulated-lab.ts"

/** The board of the lab. */
export const machine = "highbank-01"

/** The lab of the test file that imports this: one highbank with the small system's images, there when its tests run. */
export let lab: EmulatedLab

beforeAll(async () => {
  lab = await startLab([machine], ["uboot-highbank", "master-armhf", "installed-armhf"])
}, 1_800_000)

afterAll(() => lab?.stop())
