// `npm run test:packed`: what users would install. Packs every package, installs the archives with
// the model template in an empty folder, imports each entry there, runs the template's tests and
// trains with it.
// Needs built packages and the npm registry. Names of packages restrict it to these: `... rng hvp`.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./workspace.mjs";

const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

function run(cwd, command, ...args) {
  console.log(`$ ${[command, ...args].join(" ")}`);
  const { status, error } = spawnSync(command, args, { cwd, stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
}

const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

/** The code that imports a package's entries: their names, or the error. */
function importsOf({ name, exports = {} }) {
  const entries = Object.keys(exports).filter((entry) => entry !== "./package.json");
  return entries.map((entry) => `await import(${JSON.stringify(join(name, entry))});`);
}

const folder = mkdtempSync(join(tmpdir(), "eoss-packed-"));
try {
  const archives = join(folder, "archives");
  mkdirSync(archives);
  const names =
    process.argv.length > 2 ? process.argv.slice(2) : readdirSync(join(root, "packages"));
  const packages = names.map((name) => join(root, "packages", name));
  for (const path of packages) {
    run(path, "npx", "--yes", packageManager, "pack", "--pack-destination", archives);
  }
  const published = packages.map(manifestOf);
  const archiveOf = ({ name, version }) =>
    `file:archives/${name.replace("@", "").replace("/", "-")}-${version}.tgz`;

  const template = join(root, "examples", "model-template");
  const { peerDependencies: _, dependencies, devDependencies, ...manifest } = manifestOf(template);
  for (const file of ["index.js", "index.test.js", "vitest.config.js"]) {
    cpSync(join(template, file), join(folder, file));
  }
  const others = Object.entries({ ...dependencies, ...devDependencies })
    .filter(([name]) => !name.startsWith("@eoss/"))
    .map(([name, range]) => [
      name,
      range === "catalog:" ? `^${manifestOf(join(template, "node_modules", name)).version}` : range,
    ]);
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({
      ...manifest,
      dependencies: {
        ...Object.fromEntries(published.map((p) => [p.name, archiveOf(p)])),
        ...Object.fromEntries(others),
      },
    }),
  );
  run(folder, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts");
  writeFileSync(join(folder, "imports.mjs"), published.flatMap(importsOf).join("\n"));
  run(folder, process.execPath, "imports.mjs");
  run(folder, "npm", "test");
  if (names.includes("cli")) {
    const settings = "--data digits --samples 64 --batch 8 --lr 0.01 --steps 4 --every 2 --out run";
    run(folder, "npx", "eoss", "train", "--model", "./index.js", ...settings.split(" "));
  }
  console.log("packed packages: installed, imported, template tested and trained");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
