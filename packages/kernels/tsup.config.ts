import { defineConfig } from "tsup";
import shared from "../../tsup.config.js";

/** The kernels, and what loads a library for them, in Node alone. */
export default defineConfig({
  ...shared,
  entry: { index: "src/index.ts", native: "src/native/index.ts" },
});
