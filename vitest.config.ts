import { defineConfig } from "vitest/config"

// The emulated lab is a project of its own: its machines take a core each, and its tests take time.
export default defineConfig({
  test: {
    projects: [
      {
        // The examples import the package by its name.
        resolve: { tsconfigPaths: true },
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**", "test/lab/**"],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "lab",
          include: ["test/lab/**/*.test.ts", "test/e2e/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 600_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
