// `npm run fuzz [-- --count N --seed S --from I]`: reads mutated files of runs, checkpoints, recipes,
// sweeps and weights, exports and queries them, and meets forged locks, links that lead out of a folder
// and SQL that is up to something. Deterministic: the same seed gives the same inputs.
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./workspace.mjs";

const [experiments, exchange] = ["experiments", "exchange"].map((name) =>
  join(root, "packages", name),
);
process.chdir(experiments);
const { build } = createRequire(join(root, "package.json"))("tsup");
// Beside the recipes, as a build lies; what the sources import is found from here too.
const folder = join(experiments, `.fuzz-${process.pid}`);

await build({
  entry: ["main", "worker"].map((name) => join(exchange, `test/fuzz/${name}.ts`)),
  outDir: folder,
  format: "esm",
  target: "node20",
  removeNodeProtocol: false,
  // What `exchange` alone depends on is not found from the folder of `experiments`.
  noExternal: [/^@eoss\//, "fflate", "hyparquet-writer"],
  external: ["@resvg/resvg-js", "pdfkit"],
  // What `lab` depends on is bundled too, and some of that requires modules of Node.
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
  esbuildOptions: (options) => {
    options.conditions = ["@eoss/source"];
  },
  config: false,
  silent: true,
});
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
process.chdir(exchange);
// The bundle lies in another package than the one that has DuckDB.
process.env.EOSS_PACKAGES = exchange;
await import(pathToFileURL(join(folder, "main.js")).href);
