// `npm run test:published`: what users get. Publishes every package to a registry on this machine; then,
// from empty folders and caches,
//   one installs @eoss/eigen alone and runs its README,
//   one installs the command globally, without build tools, and starts the demo,
//   one makes a network from the template, publishes it, and trains with it,
//   one programs with @eoss/hvp: bundlers, Jest, TypeScript, other versions of tfjs.
// Their programs run on this Node and on a current one. Needs a build and the npm registry.
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { archiveOf, pack, publishedPackages, readJson, run } from "./packages.mjs";
import { aProgrammer } from "./programmer.mjs";
import { startRegistry } from "./registry.mjs";
import { root } from "./workspace.mjs";

const CURRENT_NODE = "node@24";
/** Of the command with all that it needs, in megabytes (10⁶ bytes) on disk. */
const MOST_ON_DISK = 150;
const MODEL = "eoss-model-gated";
const SHORT_RUN = "train --data digits --samples 64 --batch 8 --lr 0.01 --steps 4 --every 2";

const home = mkdtempSync(join(tmpdir(), "eoss-published-"));
/** All that users have on their PATH: no compiler, no make, no Python. */
const tools = join(home, "tools");
let registry;
try {
  mkdirSync(tools);
  for (const tool of ["node", "npm", "npx", "sh"]) {
    symlinkSync(run("sh", ["-c", `command -v ${tool}`], { quiet: true }).trim(), join(tools, tool));
  }
  const archives = join(home, "archives");
  pack(archives);
  registry = await startRegistry(join(home, "registry"), ["@eoss/*", MODEL]);
  step("publish");
  for (const one of publishedPackages) publish(join(archives, archiveOf(one)));

  const nodes = [process.execPath, currentNode()].filter(Boolean);
  eigenAlone(nodes);
  await theCommand(nodes);
  aContributor(nodes);
  step("a programmer with @eoss/hvp");
  aProgrammer(newUser, nodes);
  step("the end");
  console.log("published packages: installed and used by four users");
} finally {
  await registry?.stop();
  rmSync(home, { recursive: true, force: true });
}

/** Installs nothing but @eoss/eigen, and runs the examples of its README. */
function eigenAlone(nodes) {
  step("a user of @eoss/eigen");
  const user = newUser("eigen");
  user.npm("install", "@eoss/eigen");
  const installed = readdirSync(join(user.folder, "node_modules", "@eoss"));
  const others = readdirSync(join(user.folder, "node_modules")).filter((name) => name[0] !== ".");
  expectEqual([...others, ...installed], ["@eoss", "eigen"]);
  const readme = readFileSync(join(user.folder, "node_modules/@eoss/eigen/README.md"), "utf8");
  const programs = [...readme.matchAll(/^```(?:ts|js)\n(.*?)^```/gms)].map(([, code]) => code);
  if (programs.length === 0) throw new Error("the README of @eoss/eigen has no example");
  const options = {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  };
  programs.forEach((code, index) => {
    const file = `example${index + 1}.mjs`;
    writeFileSync(join(user.folder, file), ts.transpileModule(code, options).outputText);
    for (const node of nodes) user.run(node, file);
  });
}

/** Installs the command globally, makes a short run, and begins the demo. */
async function theCommand(nodes) {
  step("a user of eoss");
  const user = newUser("command");
  user.npm("install", "--global", "@eoss/cli");
  const modules = join(user.prefix, "lib", "node_modules");
  expectEqual(withInstallScript(modules), []);
  const megabytes = Number(
    run("du", ["-sk", "-B", "1000000", modules], { quiet: true }).split("\t")[0],
  );
  console.log(`@eoss/cli and what it needs: ${megabytes} MB on disk`);
  if (megabytes > MOST_ON_DISK) throw new Error(`at most ${MOST_ON_DISK} MB are allowed`);

  const eoss = join(user.prefix, "bin", "eoss");
  const { version } = publishedPackages.find(({ name }) => name === "@eoss/cli");
  for (const node of nodes) {
    for (const words of [[eoss], [node, eoss]]) {
      expectEqual(user.run(...words, "--version").trim(), version);
    }
    const run = `--width 16 --out run-${nodes.indexOf(node)}`;
    user.run(node, eoss, ...SHORT_RUN.split(" "), ...run.split(" "));
  }
  await beginDemo(user);
}

/** `npx @eoss/cli demo`, until the first measurement is there; then Ctrl-C. */
async function beginDemo(user) {
  console.log("$ npx @eoss/cli demo");
  const demo = spawn("npx", ["--yes", "@eoss/cli", "demo"], {
    cwd: user.folder,
    env: user.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed = { out: "", err: "" };
  let interrupted = false;
  demo.stdout.on("data", (chunk) => (printed.out += chunk));
  demo.stderr.on("data", (chunk) => {
    printed.err += chunk;
    if (interrupted || !/MiniBS \d/.test(printed.err)) return;
    interrupted = true;
    process.kill(-demo.pid, "SIGINT"); // to all of the group, as a terminal does
  });
  const patience = setTimeout(() => process.kill(-demo.pid, "SIGKILL"), 120_000);
  await once(demo, "close");
  clearTimeout(patience);
  if (interrupted && printed.out.startsWith("interrupted: ")) return;
  throw new Error(`the demo did not begin, or did not end well:\n${printed.err}\n${printed.out}`);
}

/** Makes a package of the template, tests and publishes it; somebody else trains with it. */
function aContributor(nodes) {
  step("a contributor of a network");
  const author = newUser("author");
  const template = join(root, "examples", "model-template");
  const { packageManager } = readJson(join(root, "package.json"));
  run("npx", ["--yes", packageManager, "pack", "--out", join(home, "template.tgz")], {
    cwd: template,
    quiet: true,
  });
  run("tar", ["-xzf", join(home, "template.tgz"), "--strip-components=1"], { cwd: author.folder });
  for (const file of ["index.test.js", "vitest.config.js"]) {
    cpSync(join(template, file), join(author.folder, file));
  }
  const { private: _, ...manifest } = readJson(join(author.folder, "package.json"));
  const renamed = { ...manifest, name: MODEL, version: "1.0.0" };
  writeFileSync(join(author.folder, "package.json"), JSON.stringify(renamed));
  author.npm("install");
  author.npm("test");
  author.npm("publish", "--provenance=false");

  const reader = newUser("reader");
  reader.npm("install", "@eoss/cli", MODEL);
  writeFileSync(
    join(reader.folder, "imports.mjs"),
    publishedPackages.flatMap(importsOf).join("\n"),
  );
  const eoss = join(reader.folder, "node_modules", ".bin", "eoss");
  for (const node of nodes) {
    reader.run(node, "imports.mjs");
    const run = `--model ${MODEL} --out run-${nodes.indexOf(node)}`;
    reader.run(node, eoss, ...SHORT_RUN.split(" "), ...run.split(" "));
  }
}

/** The code that imports every entry of a package. */
function importsOf({ name, manifest: { exports } }) {
  const entries = Object.keys(exports).filter((entry) => entry !== "./package.json");
  return entries.map((entry) => `await import(${JSON.stringify(join(name, entry))});`);
}

/** Someone with an empty folder, an empty cache and nothing but `tools` on the PATH. */
function newUser(name) {
  const [folder, prefix] = [join(home, name, "project"), join(home, name, "global")];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  const settings = join(home, name, "npmrc");
  const { host } = new URL(registry.url);
  writeFileSync(settings, `registry=${registry.url}\n//${host}/:_authToken=anybody\n`);
  const env = {
    HOME: join(home, name),
    PATH: tools,
    NO_COLOR: "1",
    npm_config_userconfig: settings,
    npm_config_cache: join(home, name, "cache"),
    npm_config_prefix: prefix,
    npm_config_update_notifier: "false",
  };
  const npm = (...words) =>
    run("npm", [...words, "--no-audit", "--no-fund"], { cwd: folder, env, timeout: 300_000 });
  const runNode = (node, ...words) => run(node, words, { cwd: folder, env });
  return { folder, prefix, env, npm, run: runNode };
}

function publish(archive) {
  const settings = join(home, "publisher.npmrc");
  const { host } = new URL(registry.url);
  writeFileSync(settings, `registry=${registry.url}\n//${host}/:_authToken=anybody\n`);
  const words = ["publish", archive, "--access", "public", "--provenance=false"];
  run("npm", [...words, "--userconfig", settings], { quiet: true });
}

/** A current Node from the registry; undefined, and a line that says so, where there is none. */
function currentNode() {
  const folder = join(home, "node");
  mkdirSync(folder);
  try {
    const words = ["install", "--no-audit", "--no-fund", "--prefix", folder, CURRENT_NODE];
    run("npm", words, { quiet: true, timeout: 300_000 });
    const node = join(folder, "node_modules", ".bin", "node");
    console.log(`current Node: ${run(node, ["--version"], { quiet: true }).trim()}`);
    return node;
  } catch (error) {
    console.log(`skipped on ${CURRENT_NODE}: ${error.message}`);
    return undefined;
  }
}

/** Installed packages that run something when they are installed. */
function withInstallScript(modules) {
  const manifests = readdirSync(modules, { recursive: true }).filter((file) =>
    /(^|node_modules\/)(@[^/]+\/)?[^/@]+\/package\.json$/.test(file),
  );
  return manifests.filter((file) => {
    const { scripts = {} } = readJson(join(modules, file));
    return ["preinstall", "install", "postinstall"].some((name) => name in scripts);
  });
}

function expectEqual(actual, expected) {
  const [found, wanted] = [actual, expected].map((value) => JSON.stringify(value));
  if (found !== wanted) throw new Error(`expected ${wanted}, found ${found}`);
}

function step(name) {
  console.log(`\n${name} (${(performance.now() / 1000).toFixed(0)} s)`);
}
