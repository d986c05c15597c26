// `npm run fuzz [-- --count N --seed S --from I]`: reads mutated files of runs, checkpoints, recipes and
// sweeps. Deterministic: the same seed gives the same inputs.
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./workspace.mjs";

const lab = join(root, "packages/lab");
process.chdir(lab);
const { build } = createRequire(join(root, "package.json"))("tsup");
// Beside the recipes, as a build lies; what the sources import is found from here too.
const folder = join(lab, `.fuzz-${process.pid}`);

await build({
  entry: ["main", "worker"].map((name) => join(lab, `test/fuzz/${name}.ts`)),
  outDir: folder,
  format: "esm",
  target: "node20",
  removeNodeProtocol: false,
  noExternal: [/^@eoss\//],
  esbuildOptions: (options) => {
    options.conditions = ["@eoss/source"];
  },
  config: false,
  silent: true,
});
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
await import(pathToFileURL(join(folder, "main.js")).href);
