import { defineConfig } from "tsup";
import shared from "../../tsup.config.js";

export default defineConfig({
  ...shared,
  // Optional dependencies: tsup would put them into the build.
  external: ["@resvg/resvg-js", "pdfkit"],
});
