import { defineConfig } from "tsup";
import shared from "../../tsup.config.js";

/** `index` and `formats` run anywhere, `node` also reads and fetches files, `testing` checks data sets. */
export default defineConfig({
  ...shared,
  entry: {
    index: "src/index.ts",
    node: "src/node.ts",
    formats: "src/formats/index.ts",
    testing: "src/testing/index.ts",
  },
  platform: "node",
  removeNodeProtocol: false,
});
