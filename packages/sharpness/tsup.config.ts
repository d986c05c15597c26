import { defineConfig } from "tsup";
import shared from "../../tsup.config.js";

/** `core` and `testing` need no tensor library; the entries share their code. */
export default defineConfig({
  ...shared,
  entry: {
    index: "src/index.ts",
    core: "src/core.ts",
    internal: "src/internal.ts",
    testing: "src/testing/index.ts",
  },
});
