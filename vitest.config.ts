import { defineConfig } from "vitest/config";

/** Shared by every package. Tests import packages by their published name and run on their sources. */
const conditions = ["@eoss/source", "module", "node", "import", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    reporters: ["default", "json"],
    outputFile: { json: "test-results.json" },
    // Only what hangs meets these limits: on a busy machine seconds become minutes.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: "forks",
    maxWorkers: 1,
  },
});
