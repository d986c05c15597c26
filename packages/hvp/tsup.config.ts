import { defineConfig } from "tsup";
import shared from "../../tsup.config.js";

/** Entries that share their code, and so the registry of rules. */
export default defineConfig({
  ...shared,
  entry: {
    index: "src/index.ts",
    testing: "src/testing/index.ts",
    internal: "src/internal.ts",
  },
});
