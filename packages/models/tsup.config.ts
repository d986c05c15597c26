import { defineConfig } from "tsup";
import shared from "../../tsup.config.js";

/** Two entries that share their code: networks, and the tests that a network must pass. */
export default defineConfig({
  ...shared,
  entry: { index: "src/index.ts", testing: "src/testing/index.ts" },
});
