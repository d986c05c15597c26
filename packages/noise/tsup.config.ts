import { defineConfig } from "tsup";
import shared from "../../tsup.config.js";

/** Two entries that share their code: noises, and the check that a noise must pass. */
export default defineConfig({
  ...shared,
  entry: { index: "src/index.ts", testing: "src/testing/index.ts" },
});
