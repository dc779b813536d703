#!/usr/bin/env node
import { enableCompileCache } from "node:module"
import { cacheDirectory } from "./core/cache-directory.ts"

// Compiled modules are kept between runs: half of the time that the command needs to start.
enableCompileCache(cacheDirectory("compile"))
const { main } = await import("./cli/main.ts")
await main(process.argv)
