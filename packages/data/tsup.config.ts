import { defineConfig } from "tsup";
import shared from "../../tsup.config.js";

/** Two entries: `index` runs anywhere, `node` also reads and fetches files. */
export default defineConfig({
  ...shared,
  entry: ["src/index.ts", "src/node.ts"],
  platform: "node",
  removeNodeProtocol: false,
});
