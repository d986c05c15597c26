import { defineConfig } from "tsup";

/** Shared by every package: one ESM file and one file of types, from `src/index.ts`. */
export default defineConfig({
  entry: ["src/index.ts"],
  format: ["esm"],
  target: "node20",
  platform: "node",
  removeNodeProtocol: false,
  dts: { compilerOptions: { customConditions: [] } },
  sourcemap: true,
  clean: true,
  treeshake: true,
});
