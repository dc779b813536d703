#!/usr/bin/env node
import { cacheDirectory } from "./core/user-directory.ts"

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(`error: dispatch needs Node 22.19 or newer; this is ${process.version}\n`)
  process.exit(2)
}
// Compiled modules are kept between runs: half of the time that the command needs to start.
const { enableCompileCache } = await import("node:module")
enableCompileCache(cacheDirectory("compile"))
const { main } = await import("./cli/main.ts")
await main(process.argv)
