// Bundles the Node side for the Python package: what `eoss.Monitor` starts, and the command line.
//
//   node scripts/bundle-python.mjs      writes python/src/eoss/_node, from the sources
//
// Installing the Python package from a clone runs it.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { root } from "./workspace.mjs";

const out = join(root, "python/src/eoss/_node");
const dist = join(out, "dist");
// What lab alone depends on is not found from the root.
const fromLab = createRequire(join(root, "packages/lab/package.json"));
const { buildSync } = fromLab("esbuild");

/** Files that packages look for beside themselves, by the names that they have there. */
const ENTRIES = {
  bridge: "packages/bridge/src/main.ts",
  eoss: "packages/cli/src/main.ts",
  trainWorker: "packages/lab/src/trainWorker.ts",
  measureWorker: "packages/lab/src/measureWorker.ts",
  resolveHook: "packages/lab/src/resolveHook.ts",
};

/** In CommonJS modules that became part of an ES module. */
const BANNER = [
  'import { createRequire as __createRequire } from "node:module";',
  'import { fileURLToPath as __toPath } from "node:url";',
  "const require = __createRequire(import.meta.url);",
  "const __filename = __toPath(import.meta.url);",
  'const __dirname = __toPath(new URL(".", import.meta.url));',
].join("");

rmSync(out, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
buildSync({
  absWorkingDir: root,
  entryPoints: Object.entries(ENTRIES).map(([name, file]) => ({ in: file, out: name })),
  outdir: dist,
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  platform: "node",
  target: "node20",
  conditions: ["@eoss/source", "module", "import"],
  mainFields: ["module", "main"],
  // Of the user, where there are any.
  external: [
    "@duckdb/node-api",
    "@resvg/resvg-js",
    "@tensorflow/tfjs-node",
    "@tensorflow/tfjs-node-gpu",
    "pdfkit",
    "webgpu",
  ],
  banner: { js: BANNER },
  legalComments: "none",
  logLevel: "error",
});
const { version } = JSON.parse(readFileSync(join(root, "packages/cli/package.json"), "utf8"));
const manifest = { name: "@eoss/cli", version, type: "module", private: true };
writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest)}\n`);
for (const folder of ["fonts", "recipes"]) {
  cpSync(join(root, "packages/experiments", folder), join(out, folder), { recursive: true });
}
const wasm = dirname(fromLab.resolve("@tensorflow/tfjs-backend-wasm/package.json"));
for (const name of ["", "-simd", "-threaded-simd"]) {
  cpSync(
    join(wasm, `dist/tfjs-backend-wasm${name}.wasm`),
    join(dist, `tfjs-backend-wasm${name}.wasm`),
  );
}
const jpeg = createRequire(join(root, "packages/data/package.json")).resolve("@cwasm/jpeg-turbo");
cpSync(join(dirname(jpeg), "jpeg-turbo.wasm"), join(dist, "jpeg-turbo.wasm"));
