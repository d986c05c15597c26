import { defineConfig } from "tsup";
import shared from "../../tsup.config.js";

/** Two entries that share their code: optimizers and the rest, and the tests that an optimizer must pass. */
export default defineConfig({
  ...shared,
  entry: { index: "src/index.ts", testing: "src/testing/index.ts" },
});
