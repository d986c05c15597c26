import { defineConfig } from "tsup";
import shared from "../../tsup.config.js";

/** The program that runs, and the same one to be described; no library, hence no types. */
export default defineConfig({ ...shared, entry: ["src/main.ts", "src/program.ts"], dts: false });
