// A user of `npm run test:published` who programs with @eoss/hvp, in the project `scripts/user`: bundles
// by every bundler, `require`, Jest, TypeScript in every resolution of modules, the lowest version of
// tfjs that is allowed, two copies of it.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publishedPackages, run } from "./packages.mjs";
import { root } from "./workspace.mjs";

const PROJECT = join(root, "scripts", "user");
const TOOLS = [
  "@babel/core@7",
  "@babel/preset-env@7",
  "@rollup/plugin-commonjs@29",
  "@rollup/plugin-node-resolve@16",
  "esbuild@0.27",
  "jest@30",
  "rollup@4",
  "typescript@5.9",
  "vite@7",
  "webpack@5",
];
/** Module and resolution, as users set them. */
const RESOLUTIONS = [
  ["node16", "node16"],
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
  ["esnext", "node10"],
];

const COMMONJS = [
  ["commonjs", "node10"],
  ["nodenext", "nodenext"],
];

const hvp = publishedPackages.find(({ name }) => name === "@eoss/hvp");
/** ">=4.0.0 <4.23.0" begins with it. */
const LOWEST = hvp.manifest.peerDependencies["@tensorflow/tfjs-core"].match(/\d+\.\d+\.\d+/)[0];

/**
 * @param newUser makes a user with an empty folder
 * @param nodes paths of Node
 */
export function aProgrammer(newUser, nodes) {
  const user = newUser("programmer");
  cpSync(PROJECT, user.folder, { recursive: true });
  const used = ["data", "eigen", "hvp", "models", "noise", "rng", "run", "sgd", "sharpness"];
  const tfjs = ["core", "backend-cpu", "layers"].map((part) => `@tensorflow/tfjs-${part}@4`);
  user.npm("install", ...used.map((name) => `@eoss/${name}`), ...tfjs, ...TOOLS);

  for (const node of nodes) {
    user.run(node, "program.js");
    user.run(node, "program.cjs");
  }
  run("node", ["bundle.mjs"], { cwd: user.folder, env: user.env, timeout: 300_000 });
  for (const bundle of readdirSync(join(user.folder, "dist"))) {
    if (!/\.[cm]js$/.test(bundle)) continue;
    // Those in CommonJS are made for Node, the others for a browser.
    const browser = bundle.includes("-cjs") ? [] : ["--import", "./browser.mjs"];
    user.run("node", ...browser, join("dist", bundle));
  }
  const jest = join("node_modules", "jest", "bin", "jest.js");
  user.run("node", jest);
  user.run("node", "--experimental-vm-modules", jest);
  for (const [module, resolution] of RESOLUTIONS) compile(user, module, resolution);
  commonJs(user, used);
  earlierTfjs(newUser("earlier"), join(user.folder, "node_modules", ".bin", "esbuild"));
}

/** Compiles types.ts with `skipLibCheck: false`: no fault but those in the types of tfjs itself. */
function compile({ folder, env }, module, resolution) {
  console.log(`$ tsc --module ${module} --moduleResolution ${resolution}`);
  const tsc = join("node_modules", "typescript", "bin", "tsc");
  const words = [tsc, "--module", module, "--moduleResolution", resolution];
  const { stdout, error } = spawnSync("node", words, { cwd: folder, env, encoding: "utf8" });
  if (error) throw error;
  const faults = stdout
    .split("\n")
    .filter((line) => /^\S/.test(line) && !line.startsWith("node_modules/@tensorflow/"));
  if (faults.length > 0) throw new Error(faults.join("\n"));
}

/** TypeScript that compiles to `require`, of every entry of some packages, in strict mode; then it runs. */
function commonJs({ folder, env, run: runNode }, names) {
  const packages = publishedPackages.filter(({ name }) => names.includes(name.slice(6)));
  const entries = packages.flatMap(({ name, manifest: { exports } }) =>
    Object.keys(exports)
      .filter((entry) => exports[entry].types !== undefined && entry !== "./internal")
      .map((entry) => join(name, entry)),
  );
  const lines = entries.map((entry, i) => `import * as m${i} from ${JSON.stringify(entry)};`);
  const project = join(folder, "commonjs");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "type": "commonjs" }');
  const counts = entries.map((_, i) => `Object.keys(m${i}).length`).join(", ");
  const check = `if (Math.min(${counts}) === 0) throw new Error("an entry is empty");`;
  writeFileSync(join(project, "entries.ts"), [...lines, check].join("\n"));
  for (const [module, resolution] of COMMONJS) {
    const words = ["--module", module, "--moduleResolution", resolution, "--target", "es2022"];
    const tsc = join("node_modules", "typescript", "bin", "tsc");
    const more = ["--strict", "--skipLibCheck", join("commonjs", "entries.ts")];
    run("node", [tsc, ...words, ...more], { cwd: folder, env });
    runNode("node", join("commonjs", "entries.js"));
  }
}

/** A short form of the suite on the lowest version that is allowed, and a second copy of tfjs-core beside it. */
function earlierTfjs(user, esbuild) {
  const tfjs = ["core", "backend-cpu", "layers"].map(
    (part) => `@tensorflow/tfjs-${part}@${LOWEST}`,
  );
  const copy = "tfjs-core-again@npm:@tensorflow/tfjs-core@4";
  user.npm("install", "@eoss/hvp", ...tfjs, copy);
  const suite = join(root, "packages", "hvp", "src", "versions.fixture.ts");
  const bundled = ["--bundle", "--format=esm", "--platform=node", "--packages=external"];
  user.run(esbuild, suite, ...bundled, "--log-level=error", "--outfile=versions.mjs");
  user.run("node", "versions.mjs");
  cpSync(join(PROJECT, "copies.mjs"), join(user.folder, "copies.mjs"));
  user.run("node", "copies.mjs");
}
