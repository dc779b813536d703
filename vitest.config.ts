import { defineConfig } from "vitest/config"

/** Whole Debians on emulated boards: half an hour and more, so `npm test` leaves them out. */
const examples = ["test/e2e/examples.test.ts"]
const installer = ["test/e2e/installer.test.ts"]

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
          exclude: ["test/differential/**", "test/e2e/**", "test/lab/**"],
          testTimeout: 60_000,
          // Most of them wait for others: a pseudo terminal, a process, a deadline.
          maxWorkers: 4,
        },
      },
      {
        test: {
          name: "differential",
          include: ["test/differential/**/*.test.ts"],
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          name: "lab",
          include: ["test/lab/**/*.test.ts", "test/e2e/**/*.test.ts"],
          exclude: [...examples, ...installer],
          testTimeout: 240_000,
          hookTimeout: 600_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "examples",
          include: examples,
          testTimeout: 1_800_000,
          hookTimeout: 1_800_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: "installer",
          include: installer,
          testTimeout: 7_200_000,
          hookTimeout: 1_800_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
