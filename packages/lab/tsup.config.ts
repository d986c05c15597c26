import { defineConfig } from "tsup";
import shared from "../../tsup.config.js";

/** Two entries: the library, and what its worker threads run. */
export default defineConfig({
  ...shared,
  entry: ["src/index.ts", "src/trainWorker.ts"],
  splitting: true,
});
