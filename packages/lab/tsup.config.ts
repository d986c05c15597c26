import { defineConfig } from "tsup";
import shared from "../../tsup.config.js";

/** The library, its part for browsers, and what its processes and threads run. */
export default defineConfig({
  ...shared,
  entry: ["src/index.ts", "src/browser.ts", "src/trainWorker.ts", "src/measureWorker.ts"],
  splitting: true,
  // An optional dependency: tsup would put it into the build.
  external: ["@resvg/resvg-js"],
});
