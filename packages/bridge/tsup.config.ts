import { defineConfig } from "tsup";
import shared from "../../tsup.config.js";

/** The library, and the process that Python starts. */
export default defineConfig({ ...shared, entry: ["src/index.ts", "src/main.ts"] });
