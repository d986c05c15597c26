import { defineConfig } from "tsup";
import shared from "../../tsup.config.js";

/** The library, and what the packages above it use of it. */
export default defineConfig({
  ...shared,
  entry: ["src/index.ts", "src/internal.ts"],
  splitting: true,
});
