import { defineConfig } from "tsup";
import shared from "../../tsup.config.js";

/** The library, what the packages above it use of it, and what its processes and threads run. */
export default defineConfig({
  ...shared,
  entry: [
    "src/index.ts",
    "src/internal.ts",
    "src/browser.ts",
    "src/trainWorker.ts",
    "src/measureWorker.ts",
  ],
  splitting: true,
});
