// `npm run test:published [PART...]`: what users get. Publishes every package to a registry on this machine;
// then, from empty folders, users do what READMEs and guides say (they share a cache, which is empty at first):
//   command      installs the command globally, without build tools, and starts the demo,
//   files        writes the files of the guides in an empty folder,
//   broken       writes networks, quantities, data and rules that are broken, and is told so,
//   contributor  makes a network from the template and publishes it; others train, sweep and fork with it,
//   templates    makes data of the template and publishes them, and uses the files of the other template,
//   readmes      runs each example of each README, with the packages by pnpm, and compiles it,
//   loop         measures in a loop of their own, in Node and in a page in Chromium,
//   programmer   bundlers, Jest, TypeScript, CommonJS, other versions of tfjs.
// Their programs run on this Node and on a current one. Needs a build and the npm registry. With
// EOSS_LONG=1 the examples of READMEs run on both, and with the packages by npm, too.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brokenFiles } from "./brokenFiles.mjs";
import { aContributor, MODEL } from "./contributor.mjs";
import { anOwnLoop } from "./ownLoop.mjs";
import { archiveOf, pack, publishedPackages, readJson, run } from "./packages.mjs";
import { aProgrammer } from "./programmer.mjs";
import { filesOfGuides } from "./readerFiles.mjs";
import { readmes } from "./readmes.mjs";
import { startRegistry } from "./registry.mjs";
import { DATA, templates } from "./templates.mjs";

const CURRENT_NODE = "node@24";
/** Of the command with all that it needs, in megabytes (10⁶ bytes) on disk. */
const MOST_ON_DISK = 150;
const { EOSS_LONG } = process.env;
const SHORT_RUN = "train --data digits --samples 64 --batch 8 --lr 0.01 --steps 4 --every 2";

const home = mkdtempSync(join(tmpdir(), "eoss-published-"));
/** All that users have on their PATH: no compiler, no make, no Python. */
const tools = join(home, "tools");
/** Users whom a later part goes on with. */
const known = {};
let registry;
try {
  mkdirSync(tools);
  for (const tool of ["node", "npm", "npx", "sh"]) {
    symlinkSync(run("sh", ["-c", `command -v ${tool}`], { quiet: true }).trim(), join(tools, tool));
  }
  const archives = join(home, "archives");
  pack(archives);
  registry = await startRegistry(join(home, "registry"), ["@eoss/*", MODEL, DATA]);
  step("publish");
  for (const one of publishedPackages) publish(join(archives, archiveOf(one)));

  const nodes = [process.execPath, currentNode()].filter(Boolean);
  const parts = {
    command: () => theCommand(nodes),
    files: () => filesOfGuides(known.command ?? withCommand("files"), nodes),
    broken: () => brokenFiles(known.command ?? withCommand("broken")),
    contributor: () => aContributor(newUser, nodes),
    templates: () => templates(newUser),
    readmes: () =>
      EOSS_LONG
        ? readmes(newUser, nodes, ["pnpm", "npm"])
        : readmes(newUser, nodes.slice(0, 1), ["pnpm"]),
    loop: () => anOwnLoop(newUser),
    programmer: () => aProgrammer(newUser, nodes),
  };
  const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
  const unknown = chosen.filter((name) => !Object.hasOwn(parts, name));
  if (unknown.length > 0) throw new Error(`no part ${unknown}; parts: ${Object.keys(parts)}`);
  for (const name of chosen) {
    step(name);
    await parts[name]();
  }
  step("the end");
  console.log(`published packages: installed and used (${chosen.join(", ")})`);
} finally {
  await registry?.stop();
  rmSync(home, { recursive: true, force: true });
}

/** Installs the command globally, makes a short run, and begins the demo. */
async function theCommand(nodes) {
  const user = withCommand("command");
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

/** Someone with the command installed globally, and nothing else. */
function withCommand(name) {
  const user = newUser(name, { manifest: undefined });
  user.npm("install", "--global", "@eoss/cli");
  known[name] = user;
  return user;
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

/**
 * Someone with an empty folder and nothing but `tools` on the PATH. What one user has fetched from the registry the
 * next takes from the cache: archives are the same for all, and to fetch them anew takes most of the time.
 *
 * @param manifest the `package.json` of the folder; undefined: there is none
 * @param prefix where global packages are
 */
function newUser(
  name,
  { manifest = { private: true, type: "module" }, prefix = join(home, name, "global") } = {},
) {
  const folder = join(home, name, "project");
  mkdirSync(folder, { recursive: true });
  if (manifest) writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  const settings = join(home, name, "npmrc");
  const { host } = new URL(registry.url);
  writeFileSync(settings, `registry=${registry.url}\n//${host}/:_authToken=anybody\n`);
  const env = {
    HOME: join(home, name),
    PATH: tools,
    NO_COLOR: "1",
    // Threads are started where a part asks for them: for a small network that takes longer than it saves.
    EOSS_CORES: "1",
    npm_config_userconfig: settings,
    npm_config_cache: join(home, "cache"),
    npm_config_prefix: prefix,
    npm_config_update_notifier: "false",
  };
  const npm = (...words) =>
    run("npm", [...words, "--no-audit", "--no-fund"], { cwd: folder, env, timeout: 300_000 });
  const runNode = (node, ...words) => run(node, words, { cwd: folder, env });
  return { folder, prefix, env, npm, store: join(home, "store"), run: runNode };
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
