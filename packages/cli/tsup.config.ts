import { defineConfig } from "tsup";
import shared from "../../tsup.config.js";

/** A program, not a library: no types. */
export default defineConfig({ ...shared, entry: ["src/main.ts"], dts: false });
