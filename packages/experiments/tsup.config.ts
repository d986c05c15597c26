import { defineConfig } from "tsup";
import shared from "../../tsup.config.js";

export default defineConfig({
  ...shared,
  // An optional dependency: tsup would put it into the build.
  external: ["@resvg/resvg-js"],
});
