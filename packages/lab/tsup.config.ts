import { defineConfig } from "tsup";
import shared from "../../tsup.config.js";

/** The library, what the packages above it use of it, what its processes and threads run, and how they resolve. */
export default defineConfig({
  ...shared,
  entry: [
    "src/index.ts",
    "src/internal.ts",
    "src/trainWorker.ts",
    "src/measureWorker.ts",
    "src/resolveHook.ts",
  ],
  splitting: true,
});
