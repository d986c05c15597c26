import { defineConfig } from "tsup";
import shared from "../../tsup.config.js";

/** The library, and what the packages above it use of it. */
export default defineConfig({
  ...shared,
  entry: { index: "src/index.ts", internal: "src/internal/index.ts" },
});
